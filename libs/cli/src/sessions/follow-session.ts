import type { SessionEvent } from '@alkdev/contracts/agents'
import { OperatorError } from '@alkdev/errors'
import { compact, sleep } from '@alkdev/std'
import { HubProblemError, NoHubError } from '../failure.ts'
import type { HubProblem } from '../failure.ts'
import type { HubClient } from '../hub/hub-client.ts'
import { parseAnswer } from '../hub/parse-answer.ts'
import { PASSING_ERRORS } from '../hub/passing-errors.ts'

const FIRST_WAIT_MS = 200
const MAX_WAIT_MS = 5000
/** Default time without the hub after which it gives up. */
const MAX_LOST_MS = 120_000

/** Codes of errors after which the stream is opened again. */
const OPENS_AGAIN: ReadonlySet<string> = new Set([...PASSING_ERRORS, 'ABORTED'])

export interface FollowOptions {
  readonly sessionId: string
  /** Position of the last known event; without it a snapshot comes first. */
  readonly after?: string
  /** Ends the stream without an error. */
  readonly signal: AbortSignal
  /** Called when the connection is lost, and when it exists again. */
  readonly onConnection?: (connected: boolean) => void
  /** Milliseconds without the hub after which it gives up. Default: 2 minutes. */
  readonly maxLostMs?: number
}

/**
 * The events of a session until it is archived or deleted, or the signal aborts. A stream that is cut is opened again after the last event. Throws
 * what the hub refuses, and OperatorError when the hub stays away.
 */
export async function* followSession(
  hub: HubClient,
  { sessionId, after, signal, onConnection, maxLostMs = MAX_LOST_MS }: FollowOptions,
): AsyncGenerator<SessionEvent, void> {
  let position = after
  let lostAt: number | undefined
  let waitMs = FIRST_WAIT_MS
  for (;;) {
    const openedAt = performance.now()
    try {
      for await (const event of eventsOf(hub, sessionId, position)) {
        if (lostAt !== undefined) onConnection?.(true)
        lostAt = undefined
        waitMs = FIRST_WAIT_MS
        if (event.type !== 'resync') ({ position } = event)
        yield event
        if (event.type === 'session.ended') return
      }
    } catch (error) {
      if (signal.aborted) return
      if (!mayPass(error)) throw error
    }
    if (signal.aborted) return
    // A stream that was quiet for a while and ended is no lost connection.
    if (performance.now() - openedAt > MAX_WAIT_MS) waitMs = FIRST_WAIT_MS
    else if (lostAt === undefined) {
      lostAt = performance.now()
      onConnection?.(false)
    } else if (performance.now() - lostAt > maxLostMs)
      throw new OperatorError('The hub did not come back.', 'Run the command again.')
    await sleep(waitMs, signal).catch(() => undefined)
    if (signal.aborted) return
    waitMs = Math.min(2 * waitMs, MAX_WAIT_MS)
  }
}

async function* eventsOf(
  hub: HubClient,
  sessionId: string,
  after: string | undefined,
): AsyncGenerator<SessionEvent, void> {
  const input = { sessionId, ...compact({ after }) }
  const opened = await hub.open('sessions.watch', input)
  if (opened.kind === 'answer')
    throw new OperatorError('The hub did not answer with a stream.', 'Update the hub.')
  for await (const event of opened.events) {
    if (event.event === 'error')
      throw new HubProblemError(parseAnswer(event.data) as HubProblem, 'sessions.watch')
    if (event.event === 'completed') return
    yield (parseAnswer(event.data) as { data: SessionEvent }).data
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof NoHubError) return true
  if (error instanceof HubProblemError)
    return OPENS_AGAIN.has(error.code) || error.code.startsWith('HTTP_5')
  // What the connection itself throws; a fault of the operator is an OperatorError.
  return !(error instanceof OperatorError)
}
