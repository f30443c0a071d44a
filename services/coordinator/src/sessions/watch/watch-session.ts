import type { SessionEvent } from '@alkdev/contracts/agents'
import type { ServiceRuntime } from '@alkdev/service'
import { withTimeout } from '@alkdev/std'
import {
  getSession,
  listMessages,
  oldestSessionEvent,
  readRunningStep,
} from '@alkdev/storage/sessions'
import { readAtOnce } from '@alkdev/storage'
import { joinDeltas, readDeltas } from './delta-stream.ts'
import type { Delta } from './delta-stream.ts'
import { fittingMessages } from '../fitting-messages.ts'
import { nextEvents } from './session-event-views.ts'
import type { NumberedEvent } from './session-event-views.ts'
import type { SessionTails } from './session-tails.ts'
import { sessionView } from '../session-views.ts'

/** Messages of a snapshot. */
const SNAPSHOT_MESSAGES = 200
/** Milliseconds after which a reader that has nothing to read looks at its rights. */
const QUIET_MS = 5000

/** Where a reader is: the latest event, and the latest delta of a step. */
interface Place {
  seq: number
  stepId: string | undefined
  n: number
}

type WatchRuntime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'redis' | 'config'>

/**
 * The events of a session after a position, or a snapshot and what follows; until it is archived or deleted, or the signal aborts. A position
 * that is not kept any more gives `resync` and a snapshot. `check` throws when the reader may no longer see the session.
 */
export async function* watchSession(
  runtime: WatchRuntime,
  tails: SessionTails,
  sessionId: string,
  after: string | undefined,
  signal: AbortSignal,
  check: () => Promise<unknown>,
): AsyncGenerator<SessionEvent, void> {
  const session = await getSession(runtime.db, sessionId)
  if (session === undefined) return
  const tail = tails.join(sessionId, session.eventSeq)
  try {
    const wanted = after === undefined ? undefined : placeOf(after)
    const oldest = await oldestSessionEvent(runtime.db, sessionId)
    const lost = after !== undefined && whyLost(wanted, session.eventSeq, oldest)
    let place: Place
    if (wanted === undefined || typeof lost === 'string') {
      if (typeof lost === 'string') yield { position: '0', type: 'resync', reason: lost }
      const made = await snapshot(runtime, sessionId)
      if (made === undefined) return
      place = made.place
      yield made.event
    } else {
      place = wanted
    }
    if (tail.stepId === undefined) await findStep(runtime, tail, sessionId)
    for (;;) {
      signal.throwIfAborted()
      const { news } = tail
      const events = tail.eventsAfter(place.seq) ?? (await stored(runtime, sessionId, place.seq))
      for (const { seq, event } of events) {
        if (event.type === 'message.added' && event.stepId === place.stepId)
          for (const delta of joinDeltas(await lastDeltas(runtime, place)))
            yield* deltaEvents(place, delta)
        place.seq = seq
        if (event.type === 'step.started') {
          place.stepId = event.stepId
          place.n = 0
        }
        yield { ...event, position: positionOf(place) }
        if (event.type === 'session.ended') return
      }
      if (tail.isDeleted) {
        yield { position: positionOf(place), type: 'session.ended', status: 'deleted' }
        return
      }
      if (place.stepId === undefined && events.length === 0) place.stepId = tail.stepId
      const deltas = tail.deltasAfter(place.stepId, place.n)
      for (const delta of joinDeltas(deltas)) yield* deltaEvents(place, delta)
      if (events.length > 0 || deltas.length > 0) continue
      if (place.seq < tail.seq) {
        // The last ones are about things that were deleted.
        place.seq = tail.seq
        continue
      }
      await withTimeout(news, {
        ms: QUIET_MS,
        what: 'Events of the session',
        signal,
        onTimeout: () => undefined,
      })
      await check()
    }
  } finally {
    tails.leave(tail)
  }
}

/** The deltas of a step that was stored meanwhile: joined, the deltas of a step are its text. */
async function lastDeltas(
  { redis, config }: WatchRuntime,
  place: Place,
): Promise<readonly Delta[]> {
  if (place.stepId === undefined) return []
  // The text is in the message, too.
  return readDeltas(redis, config.redis.prefix, place.stepId, place.n).catch(() => [])
}

function* deltaEvents(place: Place, { n, restarts, ...delta }: Delta): Generator<SessionEvent> {
  const { stepId } = place
  if (stepId === undefined) return
  place.n = n
  const position = positionOf(place)
  if (restarts === true) yield { position, type: 'step.reset', stepId, reason: 'lost' }
  yield { position, type: 'step.delta', stepId, ...delta }
}

async function stored(
  { db, config }: WatchRuntime,
  sessionId: string,
  after: number,
): Promise<readonly NumberedEvent[]> {
  return (await nextEvents(db, sessionId, after, config.limits.maxPayloadBytes)).events
}

/** A tail that has just been made does not know which step runs. */
async function findStep(
  { db }: WatchRuntime,
  tail: ReturnType<SessionTails['join']>,
  sessionId: string,
): Promise<void> {
  const running = await readRunningStep(db, sessionId)
  if (running !== undefined) tail.stepId ??= running.id
}

async function snapshot(
  { db, redis, config }: WatchRuntime,
  sessionId: string,
): Promise<{ readonly place: Place; readonly event: SessionEvent } | undefined> {
  const maxBytes = config.limits.maxPayloadBytes / 2
  const read = await readAtOnce(db, async (tx) => ({
    session: await getSession(tx, sessionId),
    page: await listMessages(tx, { sessionId, limit: SNAPSHOT_MESSAGES, maxBytes }),
    running: await readRunningStep(tx, sessionId),
  }))
  const { session, page, running } = read
  if (session === undefined) return undefined
  const deltas =
    running === undefined ? [] : await readDeltas(redis, config.redis.prefix, running.id, 0)
  const place: Place = {
    seq: session.eventSeq,
    stepId: running?.id,
    n: deltas.at(-1)?.n ?? 0,
  }
  const textOf = (kind: Delta['kind']): string =>
    deltas
      .slice(
        Math.max(
          0,
          deltas.findLastIndex(({ restarts }) => restarts === true),
        ),
      )
      .filter((delta) => delta.kind === kind)
      .map(({ text }) => text)
      .join('')
  return {
    place,
    event: {
      position: positionOf(place),
      type: 'snapshot',
      session: sessionView(session),
      messages: fittingMessages(page.items, config.limits.maxPayloadBytes).toReversed(),
      hasEarlier: page.nextCursor !== undefined,
      ...(running !== undefined && {
        running: {
          turnId: running.turnId,
          step: running.step,
          stepId: running.id,
          text: textOf('text'),
          reasoning: textOf('reasoning'),
        },
      }),
    },
  }
}

const POSITION = /^(\d{1,15})(?:\.([0-9a-f-]{36})\.(\d{1,15}))?$/

function placeOf(position: string): Place | undefined {
  const match = POSITION.exec(position)
  if (match === null) return undefined
  return { seq: Number(match[1]), stepId: match[2], n: Number(match[3] ?? 0) }
}

function positionOf({ seq, stepId, n }: Place): string {
  return stepId === undefined ? String(seq) : `${seq}.${stepId}.${n}`
}

function whyLost(
  place: Place | undefined,
  latest: number,
  oldest: number | undefined,
): 'lost' | 'too-old' | false {
  if (place === undefined || place.seq > latest) return 'lost'
  return place.seq < latest && (oldest === undefined || oldest > place.seq + 1) ? 'too-old' : false
}
