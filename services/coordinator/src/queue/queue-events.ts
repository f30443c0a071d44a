import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CodedError } from '@alkdev/errors'
import type { ClaimedCall } from '@alkdev/storage/queue'
import type { AttemptOutcome } from './run-attempt.ts'

interface QueueState {
  readonly due: number
  readonly running: number
  readonly oldestDueMs: number
}

/** Logs and counts the events of queued calls. Never throws. */
export interface QueueEvents {
  accepted(calls: number): void
  /** `isOurs`: it was written; else another process had the claim. */
  attemptEnded(claim: ClaimedCall, outcome: AttemptOutcome, isOurs: boolean): void
  attemptLost(claim: ClaimedCall): void
  notWritten(claim: ClaimedCall, error: unknown): void
  notCollected(claim: ClaimedCall, error: unknown): void
  notClaimed(error: unknown): void
  notSwept(error: unknown): void
  notWoken(error: unknown): void
  state(state: QueueState): void
}

export function createQueueEvents({
  logger,
  metrics,
}: Pick<ServiceRuntime, 'logger' | 'metrics'>): QueueEvents {
  let state: QueueState = { due: 0, running: 0, oldestDueMs: 0 }
  const accepted = metrics.counter(METRICS.queueAccepted)
  metrics.collect(METRICS.queueCalls, () => ({ due: state.due, running: state.running }))
  metrics.collect(METRICS.queueOldestDue, () => state.oldestDueMs / 1000)
  const failing = (error: unknown, message: string): void => {
    const level = CodedError.from(error).code === 'UNAVAILABLE' ? 'warn' : 'error'
    logger[level]({ err: error }, message)
  }
  return {
    accepted: (calls) => accepted.inc(calls),
    attemptEnded({ id, operationName, attempts: number }, outcome, isOurs) {
      const end = outcome.kind === 'end' ? outcome.status : outcome.kind
      metrics.counter(METRICS.queueAttempts, isOurs ? end : 'superseded').inc()
      if (outcome.kind === 'completed' && isOurs) return
      const code = outcome.kind === 'completed' ? undefined : outcome.error.code
      const fields = { callId: id, operation: operationName, attempt: number, outcome: end, code }
      if (!isOurs) logger.warn(fields, 'another coordinator decides about this queued call')
      else if (end === 'failed') logger.warn(fields, 'a queued call failed')
      else logger.debug(fields, 'an attempt of a queued call ended')
    },
    attemptLost: ({ id, operationName, retry }) =>
      logger.warn(
        { callId: id, operation: operationName, retry },
        'a queued call was taken over from a coordinator that is gone',
      ),
    notWritten: ({ id }, error) => {
      logger.warn({ err: error, callId: id }, 'the end of an attempt could not be written')
    },
    notCollected: ({ id }, error) => {
      logger.warn({ err: error, callId: id }, 'the end of an attempt could not be collected')
    },
    notClaimed: (error) => failing(error, 'queued calls could not be claimed'),
    notSwept: (error) => failing(error, 'queued calls could not be swept'),
    notWoken: (error) => logger.debug({ err: error }, 'no other coordinator could be woken'),
    state: (now) => {
      state = now
    },
  }
}
