export { createTestHub, TestHub } from './testing/test-hub.ts'
export type { TestCallOptions, TestConnection, TestHubOptions } from './testing/test-hub.ts'
