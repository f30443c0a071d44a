import { serviceSpec } from '@alkdev/contracts'
import type { Session, SessionRef } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { readTodos } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { sessionView } from '../../sessions/session-views.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'

/** `sessions.get` */
export function sessionsGet({ runtime: { db } }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('sessions.get'),
    async handler({ sessionId }: SessionRef, context: OperationContext): Promise<Session> {
      const session = await visibleSession(db, callerOf(context), sessionId)
      const todos = await readTodos(db, sessionId)
      return { ...sessionView(session), ...(todos.length > 0 && { todos: [...todos] }) }
    },
  }
}
