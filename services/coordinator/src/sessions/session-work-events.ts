import { CodedError } from '@alkdev/errors'
import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import type { SessionsState } from '@alkdev/storage/sessions'
import type { TurnOutcome } from './turn/turn-hold.ts'

/** What an operator should hear of agent sessions. Never throws. */
export interface SessionWorkEvents {
  /** The work of this process on a session is over. */
  left(sessionId: string, outcome: TurnOutcome): void
  takenOver(sessionId: string): void
  failing(error: unknown, message: string, sessionId?: string): void
  state(state: SessionsState): void
}

export function createSessionWorkEvents({
  logger,
  metrics,
}: Pick<ServiceRuntime, 'logger' | 'metrics'>): SessionWorkEvents {
  let state: SessionsState = { due: 0, running: 0, waiting: 0, lost: 0 }
  metrics.collect(METRICS.sessions, () => ({ ...state }))
  return {
    left(sessionId, outcome) {
      metrics.counter(METRICS.sessionTurnsLeft, outcome).inc()
      const level = outcome === 'lost' ? 'warn' : 'debug'
      logger[level]({ sessionId, outcome }, 'the work on a session is over')
    },
    takenOver: (sessionId) =>
      logger.warn({ sessionId }, 'a session was taken over from a coordinator that is gone'),
    failing(error, message, sessionId) {
      const level = CodedError.from(error).code === 'UNAVAILABLE' ? 'warn' : 'error'
      logger[level]({ err: error, sessionId }, message)
    },
    state: (now) => {
      state = now
    },
  }
}
