export { devOperations } from './dev-operations.ts'
export type { DevOperationsOptions } from './dev-operations.ts'
