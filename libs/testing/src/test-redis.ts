import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    redis: { url: string }
  }
}

export interface TestRedis {
  readonly url: string
  /** Begins every key and channel of the test; ends in a colon. */
  readonly prefix: string
}

/** The Redis of this run and a unique prefix. The server is deleted after the run, so that keys need no clean-up. */
export function testRedis(): TestRedis {
  return { url: inject('redis').url, prefix: `t${randomUUID().slice(0, 13)}:` }
}
