import { sharedNow } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import { textArray } from '../database/sql-values.ts'
import type { Db } from '../database/types.ts'
import { lowestIdOf } from './call-ids.ts'

/** For how long calls of some operations are kept. */
export interface OperationCallsKept {
  /** The name that callers use, or the beginning of the names of registered operations with `*` behind it. */
  readonly operation: string
  /** Milliseconds, by the later of the id's time and the end of the call. */
  readonly keepMs: number
}

/**
 * Deletes calls of operations that are kept for a shorter time than the others, at most `limit`; gives how many: call again while it gives
 * that many. Where several entries name an operation the shortest time counts.
 */
export function pruneOperationCalls(
  db: Db,
  kept: readonly OperationCallsKept[],
  limit = 5000,
): Promise<number> {
  if (kept.length === 0) return Promise.resolve(0)
  return coded(async () => {
    let deleted = 0
    for (const [keepMs, names] of await namesByTime(db, kept)) {
      if (deleted >= limit) break
      // oxlint-disable-next-line no-await-in-loop -- one statement after the other
      deleted += await deleteOld(db, names, sharedNow() - keepMs, limit - deleted)
    }
    return deleted
  })
}

/** The names of which calls are kept equally long. The log itself is not read for them, because callers invent names. */
async function namesByTime(
  db: Db,
  kept: readonly OperationCallsKept[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const isBeginning = ({ operation }: OperationCallsKept): boolean => operation.endsWith('*')
  const names = new Set(kept.filter((one) => !isBeginning(one)).map(({ operation }) => operation))
  if (kept.some((one) => isBeginning(one)))
    for (const { name } of await db.execute<{ name: string }>(sql`
      select namespace || '.' || name as name from operations
      union select pre_remap_namespace || '.' || pre_remap_name from operation_registrations`))
      names.add(name)
  const byTime = new Map<number, string[]>()
  for (const name of names) {
    const times = kept.filter((one) =>
      isBeginning(one) ? name.startsWith(one.operation.slice(0, -1)) : name === one.operation,
    )
    if (times.length === 0) continue
    const keepMs = Math.min(...times.map((one) => one.keepMs))
    byTime.set(keepMs, [...(byTime.get(keepMs) ?? []), name])
  }
  return byTime
}

async function deleteOld(
  db: Db,
  names: readonly string[],
  beforeMs: number,
  limit: number,
): Promise<number> {
  const rows = await db.execute(sql`
    delete from call_log where id = any(array(
      select id from call_log where operation_name = any(${textArray(names)}) and id < ${lowestIdOf(beforeMs)}::uuid
        and ended_at < to_timestamp(${beforeMs / 1000}::double precision)
      limit ${limit}::int))`)
  return rows.count
}
