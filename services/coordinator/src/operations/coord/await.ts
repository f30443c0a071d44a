import { serviceSpec } from '@alkdev/contracts'
import type { CoordAwaitInput, CoordAwaitOutput, SessionMessage } from '@alkdev/contracts/agents'
import { callerOf } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import type { Db } from '@alkdev/storage'
import { readMessagesAfter } from '@alkdev/storage/coordination'
import type { CoordinatorContext } from '../../context.ts'
import { awaitedIds, readAwait } from '../../coordination/await-sessions.ts'
import { messageView } from '../../sessions/session-views.ts'
import { visibleSession } from '../../sessions/whose-sessions.ts'

const DEFAULT_WAIT_MS = 20_000
const MAX_WAIT_MS = 600_000
/** Milliseconds left of the call in which the answer is read and sent. */
const ANSWER_MS = 500
const LOOK_MS = 250
const MAX_MESSAGES = 50

/** `coord.await`: for callers that are no turns; those wait without their worker (`park-await.ts`). */
export function coordAwait({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db } = runtime
  return {
    ...serviceSpec('coord.await'),
    async handler(input: CoordAwaitInput, context: OperationContext): Promise<CoordAwaitOutput> {
      const caller = callerOf(context)
      const { deadline = Infinity, signal } = context
      const parentId = caller.sessionId ?? input.parentSessionId
      if (parentId === undefined)
        throw new CallError('VALIDATION_ERROR', 'Name the session that waits.', {
          errors: [{ path: '/parentSessionId', message: 'is required' }],
        })
      await visibleSession(db, caller, parentId)
      const { mode = 'all', timeoutMs = DEFAULT_WAIT_MS, afterMessage } = input
      const ids = await awaitedIds(db, parentId, input)
      const waitMs = Math.min(timeoutMs, MAX_WAIT_MS, deadline - Date.now() - ANSWER_MS)
      const until = performance.now() + waitMs
      for (;;) {
        // oxlint-disable no-await-in-loop -- one look after the other
        const state = await readAwait(db, ids, mode)
        const messages =
          afterMessage === undefined ? [] : await newMessages(db, parentId, afterMessage)
        // A client that waits for messages alone has no sessions to wait for.
        const isDone = state.done && (ids.length > 0 || afterMessage === undefined)
        if (isDone || messages.length > 0 || performance.now() >= until)
          return {
            done: isDone,
            sessions: state.sessions,
            ...(afterMessage !== undefined && { messages }),
          }
        await sleep(Math.min(LOOK_MS, Math.max(1, until - performance.now())), signal)
        // oxlint-enable no-await-in-loop
      }
    },
  }
}

async function newMessages(db: Db, sessionId: string, after: number): Promise<SessionMessage[]> {
  const views = await readMessagesAfter(db, sessionId, { after, limit: MAX_MESSAGES })
  return views.map(messageView)
}
