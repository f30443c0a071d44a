import type { CoordAwaited, CoordAwaitInput } from '@alkdev/contracts/agents'
import type { Db } from '@alkdev/storage'
import { findLiveChildren, readAwaited } from '@alkdev/storage/coordination'
import { isSessionAbove } from '@alkdev/storage/sessions'
import { sessionNotFound } from '../sessions/whose-sessions.ts'
import { withoutNulls } from '../workflows/without-nulls.ts'

/** Which sessions a session waits for. Throws SESSION_NOT_FOUND for one that is not below it. */
export async function awaitedIds(
  db: Db,
  parentId: string,
  { sessionIds }: Pick<CoordAwaitInput, 'sessionIds'>,
): Promise<readonly string[]> {
  if (sessionIds === undefined) return findLiveChildren(db, parentId)
  for (const id of new Set(sessionIds)) {
    // oxlint-disable-next-line no-await-in-loop -- 64 at most
    const isBelow = id !== parentId && (await isSessionAbove(db, parentId, id))
    if (!isBelow) throw sessionNotFound(id)
  }
  return [...new Set(sessionIds)]
}

export interface AwaitState {
  readonly done: boolean
  readonly sessions: CoordAwaited[]
}

/** What they have come to. Without sessions there is nothing to wait for. */
export async function readAwait(
  db: Db,
  ids: readonly string[],
  mode: 'any' | 'all',
): Promise<AwaitState> {
  const rows = await readAwaited(db, ids)
  const ended = rows.filter((row) => row.ended).length
  return {
    done: isEnough(ended, rows.length, mode),
    sessions: rows.map(
      ({ id, ended: isEnded, lastText, ...row }) =>
        ({
          sessionId: id,
          title: row.title,
          status: row.status,
          ended: isEnded,
          ...withoutNulls({
            work: row.work,
            outcome: row.outcome,
            result: row.result,
            report: row.report,
            endReason: row.endReason,
            lastText: isEnded && row.outcome === null ? lastText : null,
          }),
        }) as CoordAwaited,
    ),
  }
}

export function isEnough(ended: number, of: number, mode: 'any' | 'all'): boolean {
  return of === 0 || (mode === 'any' ? ended > 0 : ended === of)
}
