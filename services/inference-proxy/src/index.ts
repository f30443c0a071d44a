export { createInferenceProxy } from './service.ts'
