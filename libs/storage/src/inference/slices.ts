import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** How a process changes a slice that it holds. */
export interface SliceChange {
  /** The budget. */
  readonly id: string
  /** What the slice shall have more; negative: what is given back; 0: only its lease is renewed. */
  readonly amount: number
  /** Less than this is of no use. */
  readonly least: number
  /** The process believes that it holds a slice of the budget. */
  readonly isKnown: boolean
}

/** What became of a change. */
export interface ChangedSlice {
  readonly id: string
  /** What the slice has more now, or less if it is negative. */
  readonly granted: number
  /** The process has nothing of the budget, whatever it believes: the lease was over, or the budget is gone. */
  readonly isLost: boolean
  /** A call needs what is in slices. */
  readonly isRecalled: boolean
}

/**
 * Changes slices of budgets in one statement, and renews their leases for `leaseMs` milliseconds. A slice gets no more than a 64th of what is free in its
 * budget. After UNAVAILABLE it is not known what `holder` has: it must not use that name again.
 */
export function changeSlices(
  db: Db,
  holder: string,
  leaseMs: number,
  changes: readonly SliceChange[],
): Promise<readonly ChangedSlice[]> {
  return coded(async () => {
    const rows = await db.execute<{
      id: string
      granted: string | number
      is_lost: boolean
      is_recalled: boolean
    }>(
      sql`select id, granted, is_lost, is_recalled
        from budget_slice(${holder}, ${leaseMs}::double precision, ${JSON.stringify(changes)}::text::jsonb)`,
    )
    return rows.map((row) => ({
      id: row.id,
      granted: Number(row.granted),
      isLost: row.is_lost,
      isRecalled: row.is_recalled,
    }))
  })
}

/** Gives back the slices of processes that no longer renew their leases. */
export function returnLostSlices(db: Db): Promise<void> {
  return coded(async () => {
    await db.execute(sql`select budget_slices_return_lost()`)
  })
}
