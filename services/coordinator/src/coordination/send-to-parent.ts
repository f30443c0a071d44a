import { CallError } from '@alkdev/operations'
import { FINDING_KINDS } from '@alkdev/contracts'
import type { Caller } from '@alkdev/service'
import { compact, storableText } from '@alkdev/std'
import { raiseFinding } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import { isAwaited } from '@alkdev/storage/coordination'
import {
  addMessage,
  appendSessionEvents,
  changeSession,
  countWaitingMessages,
  getMessage,
  lockSession,
  messageMetadata,
  readMessages,
  wakeSession,
} from '@alkdev/storage/sessions'
import type { SessionRow, SessionWithOrg } from '@alkdev/storage/sessions'
import { grantOfReport, maySteer } from '../sessions/session-grants.ts'
import { messageView } from '../sessions/session-views.ts'

/** Messages of children that a session has not got yet, at most. */
const MAX_WAITING = 200
const FINAL: ReadonlySet<string> = new Set(['failed', 'aborted', 'archived'])

/** What a session says. `isFinish`: a session that waits for this one learns it by its wait. The same message id is stored once. */
export interface Said {
  readonly text: string
  /** Of the turn that says it. */
  readonly caller: Caller
  readonly isFinish?: boolean
  /** What its heading says of the session. Default: that it asks, or has finished. */
  readonly says?: string
  readonly messageId?: string | undefined
  /** The run of a workflow that the turn belongs to. */
  readonly runId?: string | undefined
}

export type Delivered = 'message' | 'awaited' | 'inbox' | 'none'

/**
 * Gives what a session says to the one above it: as a message before its next step, or as its next turn. It is read with the rights of that session, as
 * the answer of a tool is; when it was said with another key, with the rights that both have. A question of a session without one above it is a finding in the inbox. In a transaction, which has not locked the session
 * that speaks.
 */
export async function sendToParent(
  tx: Db,
  session: SessionWithOrg,
  said: Said,
): Promise<{ readonly via: Delivered; readonly parent?: SessionRow }> {
  const { text, isFinish = false, messageId } = said
  const { parentId } = session
  const parent = parentId === null ? undefined : await lockSession(tx, parentId)
  if (parent === undefined) {
    if (isFinish) return { via: 'none' }
    await raiseFinding(tx, {
      kind: 'session-asks',
      severity: 'medium',
      subject: { type: FINDING_KINDS['session-asks'], id: session.id },
      accountId: session.accountId,
      orgId: session.orgId,
      summary: storableText(`The session "${session.title}" asks: ${text.slice(0, 1000)}`),
    })
    return { via: 'inbox' }
  }
  if (FINAL.has(parent.status)) return { via: 'none', parent }
  if (isFinish && (await isAwaited(tx, parent.id, session.id))) return { via: 'awaited', parent }
  if (messageId !== undefined && (await getMessage(tx, parent.id, messageId)) !== undefined)
    return { via: 'message', parent }
  await sendAbove(tx, parent, session, said)
  return { via: 'message', parent }
}

/**
 * Gives what a session says to one above it, which the transaction has locked, and makes that one due. Throws OVERLOADED when it has too many messages that it
 * has not read.
 */
export async function sendAbove(
  tx: Db,
  parent: SessionRow,
  session: SessionRow,
  { text, caller, isFinish = false, messageId, runId, says = isFinish ? 'finished' : 'asks' }: Said,
): Promise<void> {
  if ((await countWaitingMessages(tx, parent.id)) >= MAX_WAITING)
    throw new CallError(
      'OVERLOADED',
      'The session above has too many messages that it has not read.',
    )
  const isRunning = parent.mode === 'agent' && parent.turnId !== null
  const grantId = parent.mode === 'agent' ? await grantOfReport(tx, parent, caller) : undefined
  const mayReach =
    grantId === undefined || (parent.turnId !== null && (await maySteer(tx, parent.turnId, caller)))
  const row = await addMessage(
    tx,
    parent.id,
    {
      ...compact({ id: messageId }),
      role: 'user',
      mode: isRunning && mayReach ? 'steer' : 'queue',
      delivery: 'accepted',
      fallbackQueue: true,
      senderId: session.accountId,
      senderSessionId: session.id,
      ...compact({ grantId }),
      metadata: messageMetadata(grantId, runId),
      parts: [
        {
          type: 'text',
          data: {
            text: storableText(`[The session "${session.title}" (${session.id}) ${says}]\n${text}`),
          },
        },
      ],
    },
    false,
  )
  const [view] = await readMessages(tx, [row])
  if (view !== undefined)
    await appendSessionEvents(tx, parent.id, [
      { type: 'message.accepted', data: { message: messageView(view) } },
    ])
  if (parent.mode === 'external') return
  if (isRunning) await wakeSession(tx, parent.id)
  else if (parent.status !== 'queued' && parent.status !== 'running') {
    await changeSession(tx, parent.id, { status: 'queued', waitingOn: null, wakeAt: new Date(0) })
    await appendSessionEvents(tx, parent.id, [{ type: 'session.changed', data: {} }])
  }
}
