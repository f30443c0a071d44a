export { createGateway } from './service.ts'
