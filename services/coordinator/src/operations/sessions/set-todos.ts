import { serviceSpec } from '@alkdev/contracts'
import type { SessionsSetTodosInput, SessionsSetTodosOutput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { isTodosCall } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'

/** `sessions.setTodos`: the row of the tool call is the list, so that a revert, a fork and an export have that of their conversation. */
export function sessionsSetTodos({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('sessions.setTodos'),
    async handler(
      { todos }: SessionsSetTodosInput,
      context: OperationContext,
    ): Promise<SessionsSetTodosOutput> {
      const { sessionId } = callerOf(context)
      const { idempotencyKey: toolCallId } = context
      const isKept =
        sessionId !== undefined &&
        toolCallId !== undefined &&
        (await isTodosCall(db, sessionId, toolCallId))
      if (!isKept)
        throw new CallError(
          'ACCESS_DENIED',
          'Only the agent of a session keeps its list of todos, with a tool call.',
        )
      return {
        left: todos.filter(({ status }) => status === 'open' || status === 'active').length,
      }
    },
  }
}
