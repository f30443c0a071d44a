import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { SpokeStatus } from '../schema/spokes/families.ts'
import { spokes } from '../schema/spokes/spokes.ts'

export interface SpokeResponsiveness {
  readonly spokeId: string
  readonly epoch: number
  /** Milliseconds for which the spoke has accepted no calls; null when it accepts them. */
  readonly blockedMs: number | null
}

/**
 * Records which connected spokes accept no calls. Attachments that are no longer the newest are not changed; appends no registry change.
 */
export function recordResponsiveness(
  db: Db,
  changes: readonly SpokeResponsiveness[],
): Promise<void> {
  return coded(async () => {
    if (changes.length === 0) return
    await db.execute(sql`
      update ${spokes} set unresponsive_since = now() - c."blockedMs" * interval '1 millisecond'
      from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as c ("spokeId" text, epoch bigint, "blockedMs" double precision)
      where ${spokes.id} = c."spokeId" and ${spokes.epoch} = c.epoch and ${spokes.status} = ${SpokeStatus.CONNECTED}`)
  })
}
