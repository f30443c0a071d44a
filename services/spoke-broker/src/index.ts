export { createSpokeBroker } from './service.ts'
