import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact, must } from '@alkdev/std'
import {
  addMessage,
  appendSessionEvents,
  changeSession,
  countWaitingMessages,
  getMessage,
  lockSession,
  messageMetadata,
  readMessages,
  requestTurnAbort,
  wakeSession,
} from '@alkdev/storage/sessions'
import { resolveFindings } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { MessageView, SessionRow } from '@alkdev/storage/sessions'
import { grantOfPrompt, hasEnded, maySteer, newSessionGrant } from './session-grants.ts'
import { messageView } from './session-views.ts'

/** Messages of a session that wait for their delivery at most. */
const MAX_WAITING = 100

/** A message to be sent to a session. */
export interface Prompt {
  readonly text: string
  readonly messageId?: string | undefined
  readonly mode?: 'steer' | 'queue' | 'interrupt' | undefined
  readonly expectedTurnId?: string | undefined
  readonly fallback?: 'queue' | undefined
  readonly inReplyTo?: string | undefined
  /** The run of a workflow that sends it. */
  readonly runId?: string | undefined
}

export interface AcceptedPrompt {
  readonly view: MessageView
  readonly session: SessionRow
}

/**
 * Stores a message, and makes the session due when it waits for one. In a transaction. The same `messageId` with the same text of the same sender gives the
 * message that is there; throws CONFLICT when it stands for another message. Throws MESSAGE_REFUSED (409) with the reason: `archived`, `aborted`, `not-created`, `external`, `grant`, `full`, and for a message
 * that steers `no-turn`, `turn-over`, and `rights` when the turn has rights that the caller does not have.
 */
export async function acceptPrompt(
  tx: Db,
  caller: Identity,
  sessionId: string,
  prompt: Prompt,
): Promise<AcceptedPrompt> {
  const session = must(await lockSession(tx, sessionId))
  const known = prompt.messageId && (await getMessage(tx, sessionId, prompt.messageId))
  if (known) {
    const view = must((await readMessages(tx, [known]))[0])
    if (known.senderId !== caller.id || textOf(view) !== prompt.text)
      throw new CallError('CONFLICT', 'This message id stands for another message.')
    return { view, session }
  }
  const mode = await modeOf(tx, session, caller, prompt)
  await renewGrant(tx, session, caller)
  const current = must(await lockSession(tx, sessionId))
  if ((await countWaitingMessages(tx, sessionId)) >= MAX_WAITING)
    throw refused('full', `${MAX_WAITING} messages wait already.`, sessionId)
  const grantId = await grantOfPrompt(tx, current, caller)
  const row = await addMessage(
    tx,
    sessionId,
    {
      ...(prompt.messageId !== undefined && { id: prompt.messageId }),
      role: 'user',
      mode,
      delivery: 'accepted',
      // No later turn, which may have other rights, is steered.
      expectedTurnId: mode === 'steer' ? session.turnId : (prompt.expectedTurnId ?? null),
      fallbackQueue: prompt.fallback === 'queue',
      inReplyTo: prompt.inReplyTo ?? null,
      senderId: caller.id,
      senderSessionId: caller.sessionId ?? null,
      ...compact({ grantId }),
      metadata: messageMetadata(grantId, prompt.runId),
      parts: [{ type: 'text', data: { text: prompt.text } }],
    },
    false,
  )
  const view = must((await readMessages(tx, [row]))[0])
  await appendSessionEvents(tx, sessionId, [
    { type: 'message.accepted', data: { message: messageView(view) } },
  ])
  if (mode === 'interrupt') await requestTurnAbort(tx, sessionId, 'A message interrupted the turn.')
  // A turn that waits for sessions gets it now.
  if (mode === 'steer') await wakeSession(tx, sessionId)
  await resolveFindings(tx, { type: 'session', id: sessionId }, 'session-asks')
  // Of a session that is claimed the holder starts the turn.
  if (current.turnId === null && current.status !== 'queued' && current.status !== 'running') {
    await changeSession(tx, sessionId, { status: 'queued', waitingOn: null, wakeAt: new Date(0) })
    await appendSessionEvents(tx, sessionId, [{ type: 'session.changed', data: {} }])
  }
  return { view, session: must(await lockSession(tx, sessionId)) }
}

function textOf({ parts }: MessageView): unknown {
  return parts.find(({ type }) => type === 'text')?.data['text']
}

/** How the message is delivered. Throws MESSAGE_REFUSED. */
async function modeOf(
  tx: Db,
  { status, mode, turnId, id, abortId, spawnStep }: SessionRow,
  caller: Identity,
  { mode: asked = 'queue', expectedTurnId, fallback }: Prompt,
): Promise<'steer' | 'queue' | 'interrupt'> {
  if (status === 'archived') throw refused('archived', 'The session is archived.', id)
  if (abortId !== null) throw refused('aborted', 'The session was aborted.', id)
  if (status === 'failed' && spawnStep !== null && spawnStep !== 'prompted')
    throw refused('not-created', 'The creation of the session was undone.', id)
  if (mode === 'external') throw refused('external', 'The session has no turns.', id)
  if (asked !== 'steer') return asked
  const isOver = turnId === null || (expectedTurnId !== undefined && expectedTurnId !== turnId)
  const may = !isOver && (await maySteer(tx, turnId, caller))
  if (may) return 'steer'
  if (fallback === 'queue') return 'queue'
  if (!isOver)
    throw refused('rights', 'The turn has rights that the caller does not have.', id, turnId)
  if (turnId === null) throw refused('no-turn', 'No turn runs that the message could steer.', id)
  throw refused('turn-over', 'Another turn runs.', id, turnId)
}

/** A session whose rights were revoked or have ended gets new ones with a prompt of its own account. */
async function renewGrant(tx: Db, session: SessionRow, caller: Identity): Promise<void> {
  const { grantId, waitingOn } = session
  const isDead = grantId === null || waitingOn === 'grant' || (await hasEnded(tx, grantId))
  if (!isDead) return
  if (session.accountId !== caller.id || caller.sessionId !== undefined)
    throw refused('grant', 'The rights of the session were revoked.', session.id)
  await changeSession(tx, session.id, {
    grantId: await newSessionGrant(tx, caller),
    stopReason: null,
  })
}

function refused(reason: string, message: string, sessionId: string, turnId?: string): CallError {
  return new CallError(
    'MESSAGE_REFUSED',
    message,
    { reason, sessionId, ...(turnId !== undefined && { turnId }) },
    { httpStatus: 409 },
  )
}
