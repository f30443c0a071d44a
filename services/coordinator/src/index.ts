export { createCoordinator } from './service.ts'
