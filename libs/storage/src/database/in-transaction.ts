import { coded } from './storage-error.ts'
import type { Db } from './types.ts'

/**
 * Runs `work` in one transaction (a savepoint inside another one). Rejects with what `work` threw, or
 * a CodedError when the database refused. Do not await anything slow inside: the transaction holds a connection and locks.
 */
export function inTransaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return coded(() => db.transaction(work))
}

/** Runs `work`, which only reads, in one transaction in which all queries see the database at the same moment. Rejects as `inTransaction` does. */
export function readAtOnce<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return coded(() =>
    db.transaction(work, { isolationLevel: 'repeatable read', accessMode: 'read only' }),
  )
}
