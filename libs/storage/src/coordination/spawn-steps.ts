import { and, eq, sql } from 'drizzle-orm'
import { interval } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import type { SessionRow } from '../schema/sessions/sessions.ts'

/** `claimed`: the rows are there. `worktree`: it has its place. `prompted`: it works. */
export type SpawnStep = 'claimed' | 'worktree' | 'prompted'

/** What the creation of a session has still to do. */
export interface SpawnPlan {
  readonly prompt: string
  readonly messageId: string
  readonly worktree?: {
    readonly spoke: string
    readonly name: string
    readonly branch: string
    readonly base: string
  }
}

/** Marks a new session as one that is being created; it is not worked on before it is prompted. */
export function startSpawn(
  tx: Db,
  sessionId: string,
  { plan, leaseMs }: { readonly plan: SpawnPlan; readonly leaseMs: number },
): Promise<void> {
  return coded(async () => {
    await tx
      .update(sessions)
      .set({
        status: 'queued',
        spawnStep: 'claimed',
        spawnPlan: { ...plan },
        spawnLeaseUntil: sql`now() + ${interval(leaseMs)}`,
      })
      .where(eq(sessions.id, sessionId))
  })
}

/** Takes creations over that no process works on any more, the longest left first. */
export function claimSpawns(
  db: Db,
  { leaseMs, limit }: { readonly leaseMs: number; readonly limit: number },
): Promise<string[]> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      with left_over as (
        select id from sessions
        where spawn_step is not null and spawn_step <> 'prompted' and spawn_lease_until < now()
          and status not in ('failed', 'aborted', 'archived')
        order by spawn_lease_until limit ${limit}::int for update skip locked)
      update sessions s set spawn_lease_until = now() + ${interval(leaseMs)} from left_over where s.id = left_over.id
      returning s.id`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

/** Locks a session whose creation is at `step`; undefined when it is not, or was aborted. */
export function lockSpawn(
  tx: Db,
  sessionId: string,
  step: SpawnStep,
): Promise<SessionRow | undefined> {
  return coded(async () => {
    const [row] = await tx
      .select()
      .from(sessions)
      .where(
        and(
          eq(sessions.id, sessionId),
          eq(sessions.spawnStep, step),
          sql`${sessions.status} not in ('failed', 'aborted', 'archived')`,
        ),
      )
      .for('no key update')
    return row
  })
}

/** Records the next step of a locked creation. */
export function advanceSpawn(
  tx: Db,
  sessionId: string,
  step: SpawnStep,
  change: Partial<Pick<SessionRow, 'workspaceId' | 'workspaceRequired'>> & {
    readonly leaseMs: number
  },
): Promise<void> {
  const { leaseMs, ...columns } = change
  return coded(async () => {
    await tx
      .update(sessions)
      .set({
        ...columns,
        spawnStep: step,
        ...(step === 'prompted'
          ? { spawnPlan: null, spawnLeaseUntil: null }
          : { spawnLeaseUntil: sql`now() + ${interval(leaseMs)}` }),
      })
      .where(eq(sessions.id, sessionId))
  })
}

/** Ends a locked session whose creation is undone. */
export function failSpawn(tx: Db, sessionId: string, reason: string): Promise<void> {
  return coded(async () => {
    await tx
      .update(sessions)
      .set({
        status: 'failed',
        stateSince: sql`now()`,
        stopReason: reason,
        wakeAt: null,
        waitingOn: null,
        spawnLeaseUntil: null,
        workspaceId: null,
      })
      .where(eq(sessions.id, sessionId))
  })
}

/** The name of a workspace of the project that lies in another git folder; undefined when there is none. */
export function findOtherCommonDir(
  db: Db,
  projectId: string,
  commonDirId: string,
): Promise<string | undefined> {
  return coded(async () => {
    const rows = (await db.execute(sql`
      select name from workspaces where project_id = ${projectId} and status <> 'archived'
        and common_dir_id is not null and common_dir_id <> ${commonDirId} order by id limit 1`)) as unknown as {
      name: string
    }[]
    return rows[0]?.name
  })
}

/**
 * The same in a transaction that stores a workspace afterwards. The project is locked: of two for different git folders, the second finds the workspace of
 * the first.
 */
export async function lockCommonDir(
  tx: Db,
  projectId: string,
  commonDirId: string,
): Promise<string | undefined> {
  await coded(async () => {
    await tx.execute(sql`select id from projects where id = ${projectId} for no key update`)
  })
  return findOtherCommonDir(tx, projectId, commonDirId)
}
