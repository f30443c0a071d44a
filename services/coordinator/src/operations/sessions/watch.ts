import { serviceSpec } from '@alkdev/contracts'
import type { SessionEvent, SessionsWatchInput } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { getSession } from '@alkdev/storage/sessions'
import type { CoordinatorContext } from '../../context.ts'
import { watchSession } from '../../sessions/watch/watch-session.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'

/** Milliseconds between two checks of the rights of a reader. */
const CHECK_MS = 2000

/** `sessions.watch` */
export function sessionsWatch({ runtime, sessions }: CoordinatorContext): IOperationDefinition {
  const { db, draining } = runtime
  return {
    ...serviceSpec('sessions.watch'),
    async *handler(
      { sessionId, after }: SessionsWatchInput,
      context: OperationContext,
    ): AsyncGenerator<SessionEvent, void> {
      const caller = callerOf(context)
      const signal = context.signal ? AbortSignal.any([context.signal, draining]) : draining
      await visibleSession(db, caller, sessionId)
      let checkAt = performance.now() + CHECK_MS
      const check = async (): Promise<void> => {
        if (performance.now() < checkAt) return
        checkAt = performance.now() + CHECK_MS
        // The deletion of a session is an event of its own.
        if ((await getSession(db, sessionId)) !== undefined)
          await visibleSession(db, caller, sessionId)
      }
      try {
        yield* watchSession(runtime, sessions.tails, sessionId, after, signal, check)
      } catch (error) {
        if (!draining.aborted || context.signal?.aborted === true) throw error
        throw new CallError('PROVIDER_LOST', 'The hub is draining; watch again.', {
          outcome: 'unknown',
          reason: 'draining',
        })
      }
    },
  }
}
