import { TestHub } from './test-hub.ts'
import type { TestHubOptions } from './test-hub-options.ts'

/** A hub in memory, for tests. Dispose it at the end: its heartbeat timer keeps the process running. */
export function createTestHub(options: TestHubOptions = {}): TestHub {
  return new TestHub(options)
}
