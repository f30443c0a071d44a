import { eq, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import type { SessionRow } from '../schema/sessions/sessions.ts'

// Sessions of a tree are locked from the top to the bottom: the root, the parent, then what is below. One transaction at a time
// holds the lock of a root: no two add a session to its tree at the same time, and none does while the tree is aborted.

/** Locks the root of a session and then the session. Undefined when there is none. */
export function lockTree(tx: Db, sessionId: string): Promise<SessionRow | undefined> {
  return coded(async () => {
    await tx.execute(sql`
      select id from sessions where id = (select coalesce(root_id, id) from sessions where id = ${sessionId}) for no key update`)
    const [row] = await tx
      .select()
      .from(sessions)
      .where(eq(sessions.id, sessionId))
      .for('no key update')
    return row
  })
}

/** Lets one request of a spawner at a time look for its key and count its sessions. */
export function lockSpawner(tx: Db, spawnerId: string): Promise<void> {
  return coded(async () => {
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`spawn:${spawnerId}`}, 0))`,
    )
  })
}

/** What the limits of a spawn are compared with. */
export interface SpawnCounts {
  /** Sessions that the parent, or an account without one, spawned and that have not ended. */
  readonly liveChildren: number
  /** Sessions that the spawner spawned in the last minute. */
  readonly inLastMinute: number
  /** Sessions below the root. */
  readonly descendants: number
}

export function countSpawned(
  tx: Db,
  of: {
    readonly spawnerId: string
    readonly parentId: string | null
    readonly rootId: string | null
  },
): Promise<SpawnCounts> {
  const { spawnerId, parentId, rootId } = of
  return coded(async () => {
    const [row] = (await tx.execute(sql`
      select
        ${
          parentId === null
            ? sql`(select count(*)::int from mappings m join sessions s on s.id = m.session_id
                where m.spawner_id = ${spawnerId} and m.parent_session_id is null and m.status = 'active'
                  and s.status not in ('done', 'failed', 'aborted', 'archived'))`
            : sql`(select count(*)::int from sessions where parent_id = ${parentId}
                and status not in ('done', 'failed', 'aborted', 'archived'))`
        } as "liveChildren",
        (select count(*)::int from mappings where spawner_id = ${spawnerId} and created_at > now() - interval '1 minute') as "inLastMinute",
        (select count(*)::int from sessions where root_id = ${rootId} and id <> ${rootId}) as "descendants"`)) as unknown as SpawnCounts[]
    return row ?? { liveChildren: 0, inLastMinute: 0, descendants: 0 }
  })
}

/** How often sessions were spawned for a task in the last hour. */
export function countSpawnsOfTask(tx: Db, taskId: string): Promise<number> {
  return coded(async () => {
    const [row] = (await tx.execute(sql`
      select count(*)::int as n from mappings where task_id = ${taskId} and created_at > now() - interval '1 hour'`)) as unknown as {
      n: number
    }[]
    return row?.n ?? 0
  })
}
