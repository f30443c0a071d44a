import type { ServiceRuntime } from '@alkdev/service'
import type { ApprovalRow } from '@alkdev/storage'
import { acknowledgeStops } from '@alkdev/storage/coordination'
import {
  claimLostSessions,
  claimSessions,
  readSessionsState,
  renewSessions,
} from '@alkdev/storage/sessions'
import type { SessionsState } from '@alkdev/storage/sessions'
import { ClaimWorker } from '../claims/claim-worker.ts'
import { GroupWrites } from '../queue/group-writes.ts'
import type { SessionWorkEvents } from './session-work-events.ts'
import { ModelDialects } from './model/model-dialects.ts'
import { ActiveTurn } from './turn/active-turn.ts'
import type { TurnOutcome } from './turn/turn-hold.ts'

const SWEEP_MS = 1000
/** Ends of work that are recorded in one statement, and that wait for one; without its record, an abort waits for the end of the lease. */
const MAX_STOPS = 200
const MAX_WAITING_STOPS = 10_000
/** Milliseconds that a step of a model may still take when the process stops. */
const DRAIN_STEP_MS = 20_000

export type SessionWorker = ClaimWorker<TurnOutcome, SessionsState>

export interface SessionWorkerOptions {
  readonly runtime: ServiceRuntime<'coordinator'>
  readonly events: SessionWorkEvents
  /** Events of a session were stored. */
  readonly onWritten: (sessionId: string) => void
  /** The work of this process on a session is over. */
  readonly onLeft: (sessionId: string) => void
  readonly onAsked: (approval: ApprovalRow, event?: 'raised') => void
  readonly onWithdrawn: (approval: ApprovalRow) => void
  /** These sessions waited for the end of a turn, or got a message from one. */
  readonly onFired: (sessionIds: readonly string[]) => void
}

/**
 * Works on the turns of sessions. In a drain, a step of a model that runs may end; calls that run after that go on at their providers, and the
 * next holder collects them.
 */
export function createSessionWorker(options: SessionWorkerOptions): SessionWorker {
  const { runtime, events, onWritten, onLeft, onAsked, onWithdrawn, onFired } = options
  // The sessions of one abort end at the same time.
  const stops = new GroupWrites<string, void>({
    async write(sessionIds) {
      await acknowledgeStops(runtime.db, sessionIds, runtime.bus.instanceId)
      return []
    },
    ...{ sizeOf: () => 1, maxItems: MAX_STOPS, maxSize: MAX_STOPS },
    ...{ maxWrites: 2, maxWaiting: MAX_WAITING_STOPS },
  })
  /** An abort of the session, which took it from this process, waits for that. */
  const acknowledge = (sessionId: string): Promise<void> =>
    stops
      .add(sessionId)
      .catch((error: unknown) =>
        events.failing(error, 'the end of the work on a session was not recorded', sessionId),
      )
  const dialects = new ModelDialects(runtime.bus)
  const worker: SessionWorker = new ClaimWorker({
    runtime,
    one: 'a session',
    many: 'sessions',
    sweepMs: SWEEP_MS,
    abandonWithinMs: DRAIN_STEP_MS,
    limits: () => runtime.config.sessions,
    statements: {
      claim: claimSessions,
      claimLost: claimLostSessions,
      renew: renewSessions,
      readState: readSessionsState,
    },
    events: {
      ...events,
      left(sessionId, outcome) {
        events.left(sessionId, outcome)
        if (outcome === 'lost') void acknowledge(sessionId)
      },
    },
    open: (claim, isHeld) =>
      new ActiveTurn(
        {
          runtime,
          claim,
          isHeld,
          onWritten: () => onWritten(claim.id),
          onAsked,
          onWithdrawn,
          onFired,
        },
        dialects,
      ),
    onLeft: (sessionId) => {
      onLeft(sessionId)
      // The next message of the session may wait.
      void worker.claim()
    },
  })
  return worker
}
