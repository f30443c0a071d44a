import { serviceSpec } from '@alkdev/contracts'
import type { SessionsMessagesInput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { listMessages } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { fittingMessages } from '../../sessions/fitting-messages.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'

/** `sessions.messages` */
export function sessionsMessages({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, config } = runtime
  return {
    ...serviceSpec('sessions.messages'),
    async handler(input: SessionsMessagesInput, context: OperationContext) {
      await visibleSession(db, callerOf(context), input.sessionId)
      const { maxPayloadBytes } = config.limits
      const page = await listMessages(db, { ...input, maxBytes: maxPayloadBytes / 2 })
      return { ...page, items: fittingMessages(page.items, maxPayloadBytes) }
    },
  }
}
