import { serviceSpec } from '@alkdev/contracts'
import type { Session, SessionsForkInput } from '@alkdev/contracts/agents'
import { audit, callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { conversationIds, createSession, getMessage, getSession } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { checkModel } from '../../sessions/check-model.ts'
import { copyMessages } from '../../sessions/copy-messages.ts'
import { newSessionGrant } from '../../sessions/session-grants.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { changeableSession, refuseSessions } from '../../sessions/whose-sessions.ts'
import { workspaceOf } from './create.ts'

/** Messages that a fork takes over at most. */
const MAX_MESSAGES = 10_000

/** `sessions.fork`: by a person; sessions get children from `coord.spawn`. The new session has the rights of the caller, and no part of the old budget. */
export function sessionsFork({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('sessions.fork'),
    async handler(input: SessionsForkInput, context: OperationContext): Promise<Session> {
      const caller = callerOf(context)
      refuseSessions(caller, 'sessions.fork')
      const from = await changeableSession(db, caller, input.sessionId)
      const workspaceId = await workspaceOf(db, caller, from.projectId, input.workspaceId)
      await checkModel(runtime, caller, input.model)
      const id = uuidv7()
      await inTransaction(db, async (tx) => {
        const upTo =
          input.messageId === undefined ? undefined : await getMessage(tx, from.id, input.messageId)
        if (input.messageId !== undefined && upTo?.position == null)
          throw messageNotFound(input.messageId)
        const taken = await conversationIds(tx, from.id, {
          upTo: upTo?.position ?? undefined,
          limit: MAX_MESSAGES,
        })
        await createSession(tx, {
          id,
          accountId: caller.id,
          projectId: from.projectId,
          workspaceId,
          grantId: await newSessionGrant(tx, caller),
          title: input.title ?? `${from.title.slice(0, 240)} (fork)`,
          ...(from.roleId !== null && { roleId: from.roleId, roleChain: from.roleChain }),
          ...(from.roleName !== null && { roleName: from.roleName }),
          model: input.model ?? from.model ?? undefined,
          instructions: from.instructions ?? undefined,
          forkedFrom: from.id,
          forkedAt: taken.at(-1),
        })
        await copyMessages(tx, id, taken)
        await audit(tx, context, {
          action: 'sessions.forked',
          targetType: 'session',
          targetId: id,
          data: { from: from.id },
        })
      })
      const row = must(await getSession(db, id))
      sessions.onChanged(row, 'created')
      return sessionView(row)
    },
  }
}

export function messageNotFound(messageId: string): CallError {
  return new CallError(
    'MESSAGE_NOT_FOUND',
    `There is no message ${messageId} in the conversation.`,
    { messageId },
    { httpStatus: 404 },
  )
}
