import type { CoordAwaitInput, CoordAwaitOutput } from '@alkdev/contracts/agents'
import { sharedNow } from '@alkdev/std'
import type { Db } from '@alkdev/storage'
import { hasSteer } from '@alkdev/storage/coordination'
import { awaitedSessions } from '@alkdev/storage/sessions'
import type { AwaitedSessions, OpenToolCall } from '@alkdev/storage/sessions'
import { awaitedIds, readAwait } from '../../coordination/await-sessions.ts'

const DEFAULT_WAIT_MS = 3_600_000

/** What a wait of a turn has come to: its answer, or what it waits for. */
export type ParkedAwait =
  | { readonly kind: 'over'; readonly output: CoordAwaitOutput }
  | { readonly kind: 'waiting'; readonly awaited: AwaitedSessions }

/**
 * Looks at a call of `coord.await` of a turn, which is never dispatched. It is over when enough of the sessions have ended, its time is over, or a message
 * came that the turn gets before its next step. Throws SESSION_NOT_FOUND.
 */
export async function lookAtAwait(
  db: Db,
  call: Pick<OpenToolCall, 'sessionId' | 'metadata'>,
  input: CoordAwaitInput,
): Promise<ParkedAwait> {
  const { mode = 'all', timeoutMs = DEFAULT_WAIT_MS } = input
  const awaited = awaitedSessions(call) ?? {
    ids: await awaitedIds(db, call.sessionId, input),
    mode,
    until: sharedNow() + timeoutMs,
  }
  const state = await readAwait(db, awaited.ids, awaited.mode)
  const isOver = state.done || sharedNow() >= awaited.until || (await hasSteer(db, call.sessionId))
  return isOver ? { kind: 'over', output: state } : { kind: 'waiting', awaited }
}
