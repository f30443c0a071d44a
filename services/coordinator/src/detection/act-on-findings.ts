import { uuidv7 } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { readSessionFindings } from '@alkdev/storage/coordination'
import type { DetectionRow } from '@alkdev/storage/coordination'
import { getSession, getTurn, lockSession, requestTurnAbort } from '@alkdev/storage/sessions'
import type { SessionWithOrg } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../context.ts'
import { releaseAborted } from '../coordination/release-aborted.ts'
import { sendToParent } from '../coordination/send-to-parent.ts'
import { turnRights } from '../sessions/turn/turn-rights.ts'
import type { DetectionKind } from './detect.ts'
import { FINAL } from './session-log.ts'

export type ActingContext = Pick<CoordinatorContext, 'runtime' | 'sessions' | 'coordination'>

/**
 * Does what the settings say about the open findings of sessions. Each action is done once for a finding, whichever process does it and whatever ended in between:
 * the message has the id of the finding, only a turn that began before it is stopped, and a session that has ended is left as it is.
 */
export async function actOnFindings(
  context: ActingContext,
  sessionIds: readonly string[],
): Promise<void> {
  const { db, config, logger } = context.runtime
  const { tell, pause, abort } = config.sessions.detection
  const kinds = new Set<string>([...tell, ...pause, ...abort] satisfies DetectionKind[])
  if (kinds.size === 0) return
  for (const finding of await readSessionFindings(db, sessionIds)) {
    if (!kinds.has(finding.kind)) continue
    try {
      // oxlint-disable-next-line no-await-in-loop -- one session after the other
      await act(context, finding)
    } catch (error) {
      logger.warn({ err: error, findingId: finding.id }, 'nothing was done about a finding')
    }
  }
}

async function act(context: ActingContext, finding: DetectionRow): Promise<void> {
  const { runtime, sessions } = context
  const { db, config } = runtime
  const { pause, abort } = config.sessions.detection
  const isOneOf = (kinds: readonly string[]) => kinds.includes(finding.kind)
  const session = await getSession(db, finding.subjectId)
  if (session === undefined || FINAL.has(session.status) || session.abortId !== null) return
  // Before the transaction, which holds locks.
  const { granted: caller } = await turnRights(runtime, session.id, session.grantId)
  const said = {
    text: finding.summary,
    says: isOneOf(abort) ? 'is ended' : isOneOf(pause) ? 'is paused' : 'needs a look',
    messageId: finding.id,
    caller,
  }
  const isPaused = await inTransaction(db, async (tx) => {
    // The session above first: trees are locked from the top.
    if (session.parentId !== null) await sendToParent(tx, session, said)
    return isOneOf(pause) && (await pauseTurn(tx, finding))
  })
  const parent = session.parentId === null ? undefined : await getSession(db, session.parentId)
  if (parent !== undefined) sessions.onChanged(parent, 'updated')
  if (isPaused) sessions.onChanged(session, 'updated')
  if (isOneOf(abort)) await endTree(context, session, finding)
}

/** Stops the turn that the finding is about. The session goes on with the next message. */
async function pauseTurn(
  tx: Db,
  { subjectId, createdAt, summary }: DetectionRow,
): Promise<boolean> {
  const session = await lockSession(tx, subjectId)
  const turn = session?.turnId == null ? undefined : await getTurn(tx, session.turnId)
  if (turn === undefined || session?.abortRequestedAt !== null) return false
  if (turn.startedAt !== null && turn.startedAt > createdAt) return false
  await requestTurnAbort(tx, subjectId, summary)
  return true
}

async function endTree(
  { runtime, coordination }: ActingContext,
  session: SessionWithOrg,
  { summary: reason }: DetectionRow,
): Promise<void> {
  const { id: sessionId, accountId } = session
  if (accountId === null) return
  const abortId = uuidv7()
  const { receipts } = await coordination.abort(
    { abortId, sessionId, accountId, reason },
    (tx, aborted) => releaseAborted(tx, aborted, { abortId, reason }),
    runtime.draining,
  )
  coordination.emit('coord.aborted', session, { abortId, sessions: receipts.length })
}
