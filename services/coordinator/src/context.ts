import { EndedCalls } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { createEvents } from './events.ts'
import type { CoordinatorEvents } from './events.ts'
import { CallQueue } from './queue/queue.ts'

/** What the coordinator holds. */
export interface CoordinatorContext {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly events: CoordinatorEvents
  /** The calls that end, for `calls.watch`. */
  readonly endedCalls: EndedCalls
  readonly queue: CallQueue
}

export function createContext(runtime: ServiceRuntime<'coordinator'>): CoordinatorContext {
  const { redis, config, logger } = runtime
  const endedCalls = new EndedCalls({
    redis,
    prefix: config.redis.prefix,
    onError: (error) => logger.warn({ err: error }, 'ended calls cannot be followed'),
  })
  runtime.onClose('ended calls', () => endedCalls.close())
  return { runtime, events: createEvents(runtime), endedCalls, queue: new CallQueue(runtime) }
}
