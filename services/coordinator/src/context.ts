import type { ServiceRuntime } from '@alkdev/service'
import { createEvents } from './events.ts'
import type { CoordinatorEvents } from './events.ts'

/** What the coordinator holds. */
export interface CoordinatorContext {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly events: CoordinatorEvents
}

export function createContext(runtime: ServiceRuntime<'coordinator'>): CoordinatorContext {
  return { runtime, events: createEvents(runtime) }
}
