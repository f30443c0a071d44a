export { createTestHub } from './testing/create-test-hub.ts'
export { TestHub } from './testing/test-hub.ts'
export type { TestCallOptions, TestConnection, TestHubOptions } from './testing/test-hub-options.ts'
