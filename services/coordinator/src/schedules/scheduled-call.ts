import type { ServiceConfig } from '@alkdev/config'
import type { ScheduleCallOptions } from '@alkdev/contracts'
import type { RetryClass } from '@alkdev/operations'
import type { NewQueuedCall } from '@alkdev/storage/queue'
import type { ScheduleRow } from '@alkdev/storage/schedules'

/** The queued call of a firing. */
export function scheduledCall(
  schedule: Pick<ScheduleRow, 'operationName' | 'input' | 'options' | 'depth' | 'metadata'>,
  {
    id,
    retry,
    config,
  }: {
    readonly id: string
    readonly retry: RetryClass
    readonly config: Pick<ServiceConfig<'coordinator'>, 'queue' | 'limits'>
  },
): NewQueuedCall {
  const { queue, limits } = config
  const { operationName, input, depth, metadata } = schedule
  const options = schedule.options as ScheduleCallOptions
  return {
    id,
    operationName,
    input,
    retry,
    maxAttempts: retry === 'never' ? 1 : (options.maxAttempts ?? queue.maxAttempts),
    backoffMs: options.backoffMs ?? queue.backoffMs,
    timeoutMs: Math.min(options.timeoutMs ?? limits.callTimeoutMs, limits.maxCallTimeoutMs),
    delayMs: 0,
    expiresAfterMs: options.expiresAfterMs ?? queue.expiresAfterMs,
    webhookId: options.webhook,
    priority: options.priority ?? 0,
    depth,
    metadata,
  }
}
