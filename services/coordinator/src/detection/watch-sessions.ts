import { FINDING_KINDS } from '@alkdev/contracts'
import type { ServiceRuntime } from '@alkdev/service'
import { sharedNow, storableText } from '@alkdev/std'
import { inTransaction, raiseFinding, resolveFindings } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import {
  findSessionsToWatch,
  lockDetection,
  readSessionFindings,
  readSessionLogs,
  resolveEndedFindings,
} from '@alkdev/storage/coordination'
import type { DetectionRow, SessionLogRow } from '@alkdev/storage/coordination'
import { repeatUntil } from '../jobs/repeat-until.ts'
import { actOnFindings } from './act-on-findings.ts'
import type { ActingContext } from './act-on-findings.ts'
import { detect, DETECTION_KINDS } from './detect.ts'
import type { DetectionKind } from './detect.ts'
import { sessionLog } from './read-log.ts'
import type { Noticed } from './session-log.ts'

const EVERY_MS = 15_000
/** Sessions that are read at once, and how often in one sweep; the next one goes on from there. */
const MAX_WATCHED = 200
const MAX_PAGES = 50

type Runtime = Pick<ServiceRuntime<'coordinator'>, 'db' | 'bus' | 'logger' | 'draining' | 'onReady'>

const SEVERITY: Readonly<Record<DetectionKind, 'low' | 'medium' | 'high'>> = {
  'repeated-action': 'medium',
  'repeated-error': 'medium',
  stall: 'medium',
  orphan: 'medium',
  'fan-out': 'high',
  'burn-rate': 'high',
  'compaction-without-progress': 'medium',
  'outside-touches': 'low',
}

/** Looks at the sessions that work, each 15 s, on one process at a time. */
export function watchSessions(context: ActingContext): void {
  const { runtime } = context
  const { logger, draining } = runtime
  runtime.onReady('detection in sessions', () => {
    const onError = (error: unknown): void =>
      logger.warn({ err: error }, 'sessions could not be looked at for trouble')
    let afterId = ''
    void repeatUntil({ everyMs: EVERY_MS, signal: draining, onError }, async () => {
      for (let pages = 0; pages < MAX_PAGES && !draining.aborted; pages++) {
        // oxlint-disable-next-line no-await-in-loop -- page after page
        const next = await lookAt(context, afterId)
        if (next === undefined) return
        afterId = next
        if (afterId === '') return
      }
    })
  })
}

/** Looks at the next sessions. Gives the last one of them; empty when none is left, undefined when another process does it. */
async function lookAt(context: ActingContext, afterId: string): Promise<string | undefined> {
  const { runtime } = context
  const seen = await inTransaction(runtime.db, async (tx) => {
    if (!(await lockDetection(tx))) return undefined
    if (afterId === '') await resolveEndedFindings(tx, DETECTION_KINDS)
    const page = { kinds: DETECTION_KINDS, afterId, limit: MAX_WATCHED }
    const found = await findSessionsToWatch(tx, page)
    const ids = found.map(({ id }) => id)
    return { found, raised: await evaluate(runtime, tx, ids) }
  })
  if (seen === undefined) return undefined
  announce(runtime, seen.raised)
  // Of an idle session nothing has to be stopped.
  const working = seen.found.filter(({ isIdle }) => !isIdle)
  await actOnFindings(
    context,
    working.map(({ id }) => id),
  )
  return seen.found.length < MAX_WATCHED ? '' : seen.found.at(-1)?.id
}

/** A finding that was not open before, and the session that it is about. */
export interface RaisedFinding {
  readonly kind: DetectionKind
  readonly finding: DetectionRow
  readonly session: SessionLogRow
}

/** Evaluates the rules for sessions: what is new is stored, what is over is closed; what is known is left as it is. */
export async function evaluate(
  { bus }: Pick<Runtime, 'bus'>,
  tx: Db,
  ids: readonly string[],
): Promise<RaisedFinding[]> {
  const rows = await readSessionLogs(tx, ids)
  const open = await readSessionFindings(
    tx,
    rows.map(({ id }) => id),
    { kinds: DETECTION_KINDS },
  )
  const raised: RaisedFinding[] = []
  const now = sharedNow()
  for (const session of rows) {
    const found = detect(sessionLog(bus, session, now))
    const known = new Set(
      open.filter(({ subjectId }) => subjectId === session.id).map(({ kind }) => kind),
    )
    for (const kind of DETECTION_KINDS) {
      const noticed = found.get(kind)
      // oxlint-disable no-await-in-loop -- one connection
      if (noticed === undefined) {
        if (known.has(kind)) await resolveFindings(tx, { type: 'session', id: session.id }, kind)
      } else if (!known.has(kind))
        raised.push({ kind, session, finding: await raise(tx, session, kind, noticed) })
      // oxlint-enable no-await-in-loop
    }
  }
  return raised
}

function raise(
  tx: Db,
  session: SessionLogRow,
  kind: DetectionKind,
  { summary, evidence }: Noticed,
): Promise<DetectionRow> {
  return raiseFinding(tx, {
    kind,
    severity: SEVERITY[kind],
    subject: { type: FINDING_KINDS[kind], id: session.id },
    accountId: session.accountId,
    orgId: session.orgId,
    summary: storableText(`Session "${session.title}": ${summary}`),
    evidence,
  })
}

/** Announces new findings on the event stream of the hub. */
export function announce(
  { bus, logger }: Pick<Runtime, 'bus' | 'logger'>,
  raised: readonly RaisedFinding[],
): void {
  for (const { kind, finding, session } of raised) {
    const { id: sessionId, accountId, orgId, parentId } = session
    logger.warn({ sessionId, kind, findingId: finding.id }, 'something was noticed in a session')
    if (accountId === null && orgId === null) continue
    bus.emit('coord.detected', sessionId, {
      ...(accountId !== null && { ownerId: accountId }),
      ...(orgId !== null && { orgId }),
      ...(parentId !== null && { parentId }),
      findingId: finding.id,
      kind,
    })
  }
}
