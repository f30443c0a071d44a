import { coded } from './storage-error.ts'
import type { Db } from './types.ts'

/**
 * Runs `work` in one transaction (a savepoint inside another one): all of it or nothing. Rejects with what `work` threw, or
 * a CodedError when the database refused. Do not await anything slow inside: the transaction holds a connection and locks.
 */
export function inTransaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return coded(() => db.transaction(work))
}
