import { EndedCalls } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { Approvals } from './approvals/approvals.ts'
import { createEvents } from './events.ts'
import type { CoordinatorEvents } from './events.ts'
import { Merges } from './coordination/merge/merges.ts'
import { Coordination } from './coordination/coordination.ts'
import { CallQueue } from './queue/queue.ts'
import { Sessions } from './sessions/sessions.ts'
import { LivePlans } from './tasks/live-plans.ts'
import { Workflows } from './workflows/workflows.ts'
import { Schedules } from './schedules/schedules.ts'
import { Webhooks } from './webhooks/webhooks.ts'

/** The shared dependencies of the coordinator. */
export interface CoordinatorContext {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly events: CoordinatorEvents
  /** The feed of ended calls, for `calls.watch`. */
  readonly endedCalls: EndedCalls
  readonly queue: CallQueue
  readonly approvals: Approvals
  readonly workflows: Workflows
  readonly schedules: Schedules
  readonly webhooks: Webhooks
  readonly sessions: Sessions
  readonly coordination: Coordination
  readonly merges: Merges
  readonly plans: LivePlans
}

export function createContext(runtime: ServiceRuntime<'coordinator'>): CoordinatorContext {
  const { redis, config, logger } = runtime
  const endedCalls = new EndedCalls({
    redis,
    prefix: config.redis.prefix,
    onError: (error) => logger.warn({ err: error }, 'ended calls cannot be followed'),
  })
  runtime.onClose('ended calls', () => endedCalls.close())
  const queue = new CallQueue(runtime)
  const approvals = new Approvals(runtime)
  const webhooks = new Webhooks(runtime)
  queue.onCallEnded(({ webhookId }) => {
    if (webhookId !== null) webhooks.wake()
  })
  const sessions = new Sessions(runtime, approvals)
  const merges = new Merges(runtime, sessions)
  return {
    runtime,
    events: createEvents(runtime),
    endedCalls,
    queue,
    approvals,
    workflows: new Workflows(runtime, queue, approvals),
    schedules: new Schedules(runtime, queue),
    webhooks,
    sessions,
    coordination: new Coordination(runtime, sessions, approvals, merges),
    merges,
    plans: new LivePlans(runtime.db),
  }
}
