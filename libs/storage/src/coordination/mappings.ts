import { must } from '@alkdev/std'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { mappings } from '../schema/coordination/mappings.ts'
import type { MappingInsert, MappingRow } from '../schema/coordination/mappings.ts'
import type { MappingStatus } from '../schema/coordination/families.ts'

/** Stores who spawned a session, for which task. Throws CONFLICT when the spawner has another session with the key. */
export function createMapping(tx: Db, mapping: MappingInsert): Promise<MappingRow> {
  return coded(async () => must((await tx.insert(mappings).values(mapping).returning())[0]))
}

/** What a spawner made with a key. */
export function findSpawned(
  tx: Db,
  spawnerId: string,
  spawnKey: string,
): Promise<MappingRow | undefined> {
  return coded(async () => {
    const [row] = await tx
      .select()
      .from(mappings)
      .where(and(eq(mappings.spawnerId, spawnerId), eq(mappings.spawnKey, spawnKey)))
    return row
  })
}

/** The mapping of the present work of a session, or of its latest. */
export function findMapping(tx: Db, sessionId: string): Promise<MappingRow | undefined> {
  return coded(async () => {
    const [row] = await tx
      .select()
      .from(mappings)
      .where(eq(mappings.sessionId, sessionId))
      .orderBy(sql`(${mappings.status} = 'active') desc`, sql`${mappings.id} desc`)
      .limit(1)
    return row
  })
}

/** The same for several sessions, by session. */
export function findMappings(
  tx: Db,
  sessionIds: readonly string[],
): Promise<ReadonlyMap<string, MappingRow>> {
  return coded(async () => {
    const rows = await tx
      .selectDistinctOn([mappings.sessionId])
      .from(mappings)
      .where(inArray(mappings.sessionId, [...sessionIds]))
      .orderBy(
        mappings.sessionId,
        sql`(${mappings.status} = 'active') desc`,
        sql`${mappings.id} desc`,
      )
    return new Map(rows.map((row) => [row.sessionId, row]))
  })
}

/** Members of a mapping that are changed while it is active. */
export type MappingChange = Partial<
  Pick<
    MappingRow,
    'report' | 'outcome' | 'result' | 'evidence' | 'workspaceId' | 'spokeId' | 'branch'
  >
>

/** False when the session has no active mapping. */
export function changeMapping(tx: Db, sessionId: string, change: MappingChange): Promise<boolean> {
  return coded(async () => {
    const rows = await tx
      .update(mappings)
      .set(change)
      .where(and(eq(mappings.sessionId, sessionId), eq(mappings.status, 'active')))
      .returning({ id: mappings.id })
    return rows.length > 0
  })
}

/** Ends the active mapping of a session. */
export function endMapping(
  tx: Db,
  sessionId: string,
  status: Exclude<MappingStatus, 'active'>,
  change: MappingChange & { readonly reason?: string | undefined } = {},
): Promise<boolean> {
  return endMappings(tx, [sessionId], status, change)
}

/** The same for several sessions. False when none has an active mapping. */
export function endMappings(
  tx: Db,
  sessionIds: readonly string[],
  status: Exclude<MappingStatus, 'active'>,
  { reason, ...change }: MappingChange & { readonly reason?: string | undefined } = {},
): Promise<boolean> {
  return coded(async () => {
    const rows = await tx
      .update(mappings)
      .set({ ...change, status, reason: reason ?? null, endedAt: sql`now()` })
      .where(and(inArray(mappings.sessionId, [...sessionIds]), eq(mappings.status, 'active')))
      .returning({ id: mappings.id })
    return rows.length > 0
  })
}
