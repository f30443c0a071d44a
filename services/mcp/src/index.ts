export { createMcpService } from './service.ts'
