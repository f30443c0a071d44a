import { CallError } from '@alkdev/operations'
import type { Caller } from '@alkdev/service'
import { storableText, uuidv7 } from '@alkdev/std'
import { askApproval, getApproval, inTransaction } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { readSessionFindings } from '@alkdev/storage/coordination'
import type { DetectionRow } from '@alkdev/storage/coordination'
import {
  getSession,
  getTurn,
  lockSession,
  requestTurnAbort,
  TURN_SUBJECT,
  wakeSession,
} from '@alkdev/storage/sessions'
import type { SessionWithOrg, TurnRow } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../context.ts'
import { releaseAborted } from '../coordination/release-aborted.ts'
import { sendToParent } from '../coordination/send-to-parent.ts'
import type { Said } from '../coordination/send-to-parent.ts'
import { turnRights } from '../sessions/turn/turn-rights.ts'
import { FINAL } from './session-log.ts'

export type ActingContext = Pick<
  CoordinatorContext,
  'runtime' | 'sessions' | 'coordination' | 'approvals'
>

/** Milliseconds that a turn waits for the answer about a finding. */
const DEADLINE_MS = 24 * 3_600_000
const MAX_QUESTION = 4000

type Action = 'tell' | 'ask' | 'pause' | 'abort'

/**
 * Does what the settings say about the open findings of sessions. Each action is done once for a finding, whichever process does it and whatever ended in between:
 * the message and the question have the id of the finding, only a turn that began before it is stopped or asked about, and a session that has ended is left as it is.
 */
export async function actOnFindings(
  context: ActingContext,
  sessionIds: readonly string[],
): Promise<void> {
  const { db, config, logger } = context.runtime
  const { tell, ask, pause, abort } = config.sessions.detection
  const actions = new Map<string, Action>()
  // A kind that several lists have gets what the last of them says.
  for (const kind of tell) actions.set(kind, 'tell')
  for (const kind of ask) actions.set(kind, 'ask')
  for (const kind of pause) actions.set(kind, 'pause')
  for (const kind of abort) actions.set(kind, 'abort')
  if (actions.size === 0) return
  for (const finding of await readSessionFindings(db, sessionIds, { kinds: [...actions.keys()] })) {
    const action = actions.get(finding.kind)
    if (action === undefined) continue
    try {
      // oxlint-disable-next-line no-await-in-loop -- one session after the other
      await act(context, finding, action)
    } catch (error) {
      logger.warn({ err: error, findingId: finding.id }, 'nothing was done about a finding')
    }
  }
}

async function act(context: ActingContext, finding: DetectionRow, action: Action): Promise<void> {
  const { runtime, sessions, approvals } = context
  const { db } = runtime
  const session = await getSession(db, finding.subjectId)
  if (session === undefined || FINAL.has(session.status) || session.abortId !== null) return
  // Before the transaction, which holds locks.
  const caller = await rightsOf(runtime, session)
  const done = await inTransaction(db, (tx) => changeTurn(tx, { finding, session, action, caller }))
  const { parentId } = session
  const parent = parentId === null ? undefined : await getSession(db, parentId)
  if (parent !== undefined) sessions.onChanged(parent, 'updated')
  if (done.isChanged) sessions.onChanged(session, 'updated')
  if (done.asked?.known === false) approvals.announce(done.asked.approval, 'asked')
  if (action === 'abort') await endTree(context, session, finding)
}

/** Undefined when they were revoked. */
async function rightsOf(
  runtime: ActingContext['runtime'],
  { id, grantId }: SessionWithOrg,
): Promise<Caller | undefined> {
  try {
    return (await turnRights(runtime, id, grantId)).granted
  } catch (thrown) {
    if (CallError.from(thrown).code === 'UNAUTHENTICATED') return undefined
    throw thrown
  }
}

/** What is done about a finding. `caller`: with whose rights the session above reads of it; without them it gets no message. */
export interface ActOnFinding {
  readonly finding: DetectionRow
  readonly session: SessionWithOrg
  readonly action: Action
  readonly caller: Caller | undefined
}

/** Stops the turn of the finding or asks about it, as the action says, and tells the session above. In a transaction. */
export async function changeTurn(
  tx: Db,
  { finding, session, action, caller }: ActOnFinding,
): Promise<{ readonly isChanged: boolean; readonly asked: Asked | undefined }> {
  const { parentId } = session
  // The session above first: trees are locked from the top.
  if (parentId !== null) await lockSession(tx, parentId)
  const isPaused = action === 'pause' && (await pauseTurn(tx, finding))
  const asked = action === 'ask' ? await askAboutTurn(tx, finding, session) : undefined
  if (parentId !== null && caller !== undefined) {
    const says = saysOf(action, isPaused, asked !== undefined)
    const text = asked === undefined ? finding.summary : `${finding.summary}\n${WAITS}`
    await tell(tx, session, { text, says, messageId: finding.id, caller })
  }
  return { isChanged: isPaused || asked?.known === false, asked }
}

const WAITS =
  'Before its next step the turn waits until a person has answered whether it goes on. It ends when the answer is no, or none comes within 24 hours.'

function saysOf(action: Action, isPaused: boolean, isAsked: boolean): string {
  if (action === 'abort') return 'is ended'
  if (isPaused) return 'is paused'
  return isAsked ? 'waits for an answer' : 'needs a look'
}

/** A session above that has too many messages gets none: it does not keep the action from being done. */
async function tell(tx: Db, session: SessionWithOrg, said: Said): Promise<void> {
  try {
    await sendToParent(tx, session, said)
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== 'OVERLOADED') throw error
  }
}

/** The turn that the finding is about, with its session locked. Undefined when it is over, or is to end. */
async function turnOf(
  tx: Db,
  { subjectId, createdAt }: DetectionRow,
): Promise<TurnRow | undefined> {
  const session = await lockSession(tx, subjectId)
  const turn = session?.turnId == null ? undefined : await getTurn(tx, session.turnId)
  if (turn === undefined || session?.abortRequestedAt !== null) return undefined
  return turn.startedAt !== null && turn.startedAt > createdAt ? undefined : turn
}

/** Stops the turn. The session goes on with the next message. */
async function pauseTurn(tx: Db, finding: DetectionRow): Promise<boolean> {
  const turn = await turnOf(tx, finding)
  if (turn !== undefined) await requestTurnAbort(tx, turn.sessionId, finding.summary)
  return turn !== undefined
}

/** Asks whether the turn goes on, once for a finding. Undefined when there is no such turn, or no account to be asked. */
async function askAboutTurn(
  tx: Db,
  finding: DetectionRow,
  { id: sessionId, accountId, orgId }: SessionWithOrg,
): Promise<Asked | undefined> {
  const turn = await turnOf(tx, finding)
  if (turn === undefined || accountId === null) return undefined
  const { id, kind, summary, evidence } = finding
  const there = await getApproval(tx, id)
  if (there !== undefined) return { approval: there, known: true }
  const asked = await askApproval(tx, {
    id,
    kind: 'question',
    subject: { type: TURN_SUBJECT, id: turn.id },
    question: storableText(
      `${summary.slice(0, MAX_QUESTION)} May it go on? If not, its turn ends.`,
    ),
    details: { sessionId, findingId: id, kind, evidence },
    accountId,
    orgId: orgId ?? undefined,
    sessionId,
    deadlineMs: DEADLINE_MS,
  })
  await wakeSession(tx, sessionId)
  return asked
}

type Asked = Awaited<ReturnType<typeof askApproval>>

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
