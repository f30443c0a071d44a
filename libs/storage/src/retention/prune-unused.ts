import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { interval, textArray } from '../database/sql-values.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'

/** What is deleted when nothing needs it any more. */
interface Unused {
  readonly table: SQL
  /** Which rows `r` are old enough. */
  readonly isOld: SQL
  /** Which rows `r` nothing needs. */
  readonly isUnused: SQL
}

/**
 * Deletes rows that are old and that nothing needs, at most `limit`; gives how many. The rows are locked before it is looked again whether something needs
 * them: who is about to name one in a foreign key waits for the end of the transaction, and a row that is just being named is passed over.
 */
function pruneUnused(db: Db, { table, isOld, isUnused }: Unused, limit: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    const found = await tx.execute<{ id: string }>(sql`
      select r.id from ${table} r where ${isOld} and ${isUnused} order by r.id limit ${limit}::int for update skip locked`)
    if (found.length === 0) return 0
    const ids = textArray(found.map(({ id }) => id))
    const rows = await tx.execute(
      sql`delete from ${table} r where r.id = any(${ids}) and ${isUnused} returning r.id`,
    )
    return rows.length
  })
}

const olderThan = (at: SQL, keptMs: number): SQL => sql`${at} < now() - ${interval(keptMs)}`

/** Deletes grants that were made before `keptMs` milliseconds and that nothing uses: those of deleted sessions, and of calls and runs that are over. */
export function pruneGrants(db: Db, keptMs: number, limit: number): Promise<number> {
  const users = [
    'queued_calls',
    'workflow_runs',
    'schedules',
    'sessions',
    'turns',
    'messages',
    'merge_queue',
  ]
  const isUsed = users.map(
    (user) => sql`exists (select from ${sql.raw(user)} u where u.grant_id = r.id)`,
  )
  return pruneUnused(
    db,
    {
      table: sql`grants`,
      isOld: olderThan(sql`r.created_at`, keptMs),
      isUnused: sql`not exists (select from grants g where g.parent_grant_id = r.id) and not (${sql.join(isUsed, sql` or `)})`,
    },
    limit,
  )
}

/**
 * Deletes versions of workflows that were replaced before `keptMs` milliseconds and that no run has any more. The newest version of each workflow stays.
 */
export function pruneWorkflowVersions(db: Db, keptMs: number, limit: number): Promise<number> {
  return pruneUnused(
    db,
    {
      table: sql`workflow_templates`,
      isOld: sql`exists (
        select from workflow_templates n where n.project_id = r.project_id and n.name = r.name and n.version > r.version
          and ${olderThan(sql`n.created_at`, keptMs)})`,
      isUnused: sql`not exists (select from workflow_runs u where u.template_id = r.id)`,
    },
    limit,
  )
}

/** Deletes workspaces that were archived before `keptMs` milliseconds and that no session has any more. */
export function pruneWorkspaces(db: Db, keptMs: number, limit: number): Promise<number> {
  return pruneUnused(
    db,
    {
      table: sql`workspaces`,
      isOld: sql`r.status = 'archived' and ${olderThan(sql`r.archived_at`, keptMs)}`,
      isUnused: sql`not exists (select from sessions u where u.workspace_id = r.id)`,
    },
    limit,
  )
}

/** Deletes definitions of operations that no spoke and no client has registered, and that were not changed for `keptMs` milliseconds. */
export function pruneOperations(db: Db, keptMs: number, limit: number): Promise<number> {
  return pruneUnused(
    db,
    {
      table: sql`operations`,
      isOld: sql`r.id <> '__removed__' and r.service is null and ${olderThan(sql`r.updated_at`, keptMs)}`,
      isUnused: sql`not exists (select from operation_registrations u where u.operation_id = r.id)`,
    },
    limit,
  )
}

/** Deletes budgets of deleted sessions that were closed before `keptMs` milliseconds, once all budgets below are gone. */
export function pruneBudgets(db: Db, keptMs: number, limit: number): Promise<number> {
  return pruneUnused(
    db,
    {
      table: sql`budgets`,
      isOld: sql`r.subject_type = 'session' and ${olderThan(sql`r.closed_at`, keptMs)} and r.reserved = 0`,
      isUnused: sql`not exists (select from budgets u where u.parent_id = r.id) and not exists (select from sessions u where u.id = r.subject_id)`,
    },
    limit,
  )
}
