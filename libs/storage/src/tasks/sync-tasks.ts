import { CodedError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import type { TaskCheck } from '../schema/tasks/tasks.ts'
import type {
  TaskImpact,
  TaskLevel,
  TaskPriority,
  TaskRisk,
  TaskScope,
  TaskStatus,
} from '../schema/tasks/families.ts'

/** The columns that the author of a task file sets. Absent or null: not assessed. */
export interface AuthoredTask {
  readonly slug: string
  readonly name: string
  readonly path?: string
  readonly scope?: TaskScope | null
  readonly risk?: TaskRisk | null
  readonly impact?: TaskImpact | null
  readonly level?: TaskLevel | null
  readonly priority?: TaskPriority | null
  readonly tags?: readonly string[]
  readonly assignee?: string | null
  readonly due?: string | null
  readonly body?: string
  readonly dependsOn?: readonly string[]
  readonly touches?: readonly string[]
  readonly checks?: readonly TaskCheck[]
  /** Hours. */
  readonly estimate?: number | null
  readonly fileCreatedAt?: Date | null
  readonly fileModifiedAt?: Date | null
}

/** `to` waits for `from`; both are slugs. */
export interface TaskEdge {
  readonly from: string
  readonly to: string
  /** 0 to 1. */
  readonly qualityRetention?: number
}

export interface SyncTasks {
  readonly projectId: string
  readonly tasks: readonly AuthoredTask[]
  /** Absent: one for each entry of `dependsOn`. */
  readonly dependencies?: readonly TaskEdge[]
  /** Also delete the tasks of the project that are not in the input, except those that are claimed. */
  readonly prune?: boolean
  /** Statuses by slug. They are given to tasks that never had a run-time state, and ignored for others. */
  readonly statuses?: ReadonlyMap<string, TaskStatus>
  /** Refuse tasks whose checks are not those that are stored, and new tasks with checks. */
  readonly keepChecks?: boolean
}

export interface SyncedTasks {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly removed: number
  /** Slugs of tasks that `prune` kept because they are claimed. */
  readonly kept: readonly string[]
  /** Tasks that got their status from the input. */
  readonly statusesImported: number
  /** Rows of the tasks given, after the sync. */
  readonly dependencies: number
  /** Edges of which one end is not a task of the project. They are not stored; the others are. */
  readonly unresolved: readonly TaskEdge[]
}

/**
 * Writes the authored columns of the given tasks and exactly their dependencies, in one transaction, one sync of a project at a
 * time. Writes the status of a task only if it never had one of its own. Throws CONFLICT when there is no such project, VALIDATION_ERROR for two
 * tasks with the same slug and for a task that depends on itself, ACCESS_DENIED for other checks with `keepChecks`.
 */
export function syncTasks(db: Db, sync: SyncTasks): Promise<SyncedTasks> {
  const { projectId, tasks } = sync
  return inTransaction(db, async (tx) => {
    refuseDuplicates(tasks)
    await lockProject(tx, projectId)
    if (sync.keepChecks === true) await refuseOtherChecks(tx, projectId, tasks)
    const written = await upsertTasks(tx, projectId, tasks)
    const slugs = tasks.map((task) => task.slug)
    const { removed, kept } =
      sync.prune === true ? await removeOthers(tx, projectId, slugs) : { removed: 0, kept: [] }
    const statusesImported = await importStatuses(tx, projectId, sync.statuses)
    const edges = sync.dependencies ?? tasks.flatMap(edgesOf)
    const unresolved = await replaceDependencies(tx, projectId, slugs, edges)
    const created = written.filter((row) => row.created).length
    return {
      created,
      updated: written.length - created,
      unchanged: tasks.length - written.length,
      removed,
      kept,
      statusesImported,
      dependencies: await countDependencies(tx, projectId, slugs),
      unresolved,
    }
  })
}

function edgesOf(task: AuthoredTask): TaskEdge[] {
  return [...new Set(task.dependsOn)].map((from) => ({ from, to: task.slug }))
}

function refuseDuplicates(tasks: readonly AuthoredTask[]): void {
  const seen = new Set<string>()
  for (const { slug } of tasks) {
    if (seen.has(slug)) {
      throw new CodedError('VALIDATION_ERROR', `Two tasks have the id ${slug}.`, {
        details: { slug },
      })
    }
    seen.add(slug)
  }
}

async function lockProject(tx: Db, projectId: string): Promise<void> {
  const rows = await tx.execute(
    sql`select id from projects where id = ${projectId} for no key update`,
  )
  if (rows.length === 0) throw new CodedError('CONFLICT', 'There is no such project.')
}

async function refuseOtherChecks(
  tx: Db,
  projectId: string,
  tasks: readonly AuthoredTask[],
): Promise<void> {
  const given = tasks.map(({ slug, checks = [] }) => ({ slug, checks }))
  const [other] = await tx.execute<{ slug: string }>(sql`
    select g.slug from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (slug text, checks jsonb)
    left join tasks t on t.project_id = ${projectId} and t.slug = g.slug
    where g.checks <> coalesce(t.checks, '[]'::jsonb) limit 1`)
  if (other === undefined) return
  const { slug } = other
  throw new CodedError('ACCESS_DENIED', `The checks of the task ${slug} cannot be changed here.`, {
    details: { slug },
  })
}

const authored = [
  'name',
  'path',
  'scope',
  'risk',
  'impact',
  'level',
  'priority',
  'tags',
  'assignee',
  'due',
  'body',
  'depends_on',
  'touches',
  'checks',
  'estimate',
  'file_created_at',
  'file_modified_at',
]
const columns = (prefix: string) => sql.raw(authored.map((name) => `${prefix}${name}`).join(', '))
const assignments = sql.raw(authored.map((name) => `${name} = excluded.${name}`).join(', '))

async function upsertTasks(
  tx: Db,
  projectId: string,
  tasks: readonly AuthoredTask[],
): Promise<{ created: boolean }[]> {
  if (tasks.length === 0) return []
  // xmax is 0 in a row that this statement inserted, and not 0 in one that it updated.
  const rows = await tx.execute<{ created: boolean }>(sql`
    insert into tasks as t (id, project_id, slug, ${columns('')})
    select r.id, ${projectId}, r.slug, ${columns('r.')}
    from jsonb_to_recordset(${JSON.stringify(tasks.map(toRow))}::jsonb) as r (id text, slug text, name text, path text,
      scope task_scope, risk task_risk, impact task_impact, level task_level, priority task_priority, tags text[],
      assignee text, due text, body text, depends_on text[], touches text[], checks jsonb, estimate real, file_created_at timestamptz(3),
      file_modified_at timestamptz(3))
    on conflict (project_id, slug) do update set ${assignments}, updated_at = now()
    where (${columns('t.')}) is distinct from (${columns('excluded.')})
    returning t.xmax = 0 as created`)
  return [...rows]
}

function toRow(task: AuthoredTask): unknown {
  return {
    id: uuidv7(),
    slug: task.slug,
    name: task.name,
    path: task.path,
    scope: task.scope,
    risk: task.risk,
    impact: task.impact,
    level: task.level,
    priority: task.priority,
    tags: task.tags ?? [],
    assignee: task.assignee,
    due: task.due,
    body: task.body,
    depends_on: task.dependsOn ?? [],
    touches: task.touches ?? [],
    checks: task.checks ?? [],
    estimate: task.estimate,
    file_created_at: task.fileCreatedAt,
    file_modified_at: task.fileModifiedAt,
  }
}

async function removeOthers(
  tx: Db,
  projectId: string,
  slugs: readonly string[],
): Promise<{ removed: number; kept: string[] }> {
  const isOther = sql`t.project_id = ${projectId} and t.slug <> all(${sql.param(slugs)}::text[])`
  const isClaimed = sql`exists (select from task_claims c where c.task_id = t.id and c.released_at is null)`
  const rows = await tx.execute(sql`
    delete from tasks t where ${isOther} and not ${isClaimed} returning id`)
  const kept = await tx.execute<{ slug: string }>(sql`
    select t.slug from tasks t where ${isOther} order by t.slug`)
  return { removed: rows.length, kept: kept.map(({ slug }) => slug) }
}

/** A task without run-time state: pending, never begun, never completed, never claimed. */
async function importStatuses(
  tx: Db,
  projectId: string,
  statuses: ReadonlyMap<string, TaskStatus> = new Map(),
): Promise<number> {
  // A task that a file calls in progress has no claim here.
  const given = [...statuses].filter(
    ([, status]) => status !== 'pending' && status !== 'in-progress',
  )
  if (given.length === 0) return 0
  const rows = await tx.execute(sql`
    update tasks t set status = g.status, updated_at = now(),
      completed_at = case when g.status in ('completed', 'failed') then now() end,
      completions = case when g.status = 'completed' then 1 else 0 end
    from jsonb_to_recordset(${JSON.stringify(given.map(([slug, status]) => ({ slug, status })))}::jsonb)
      as g (slug text, status task_status)
    where t.project_id = ${projectId} and t.slug = g.slug and t.status = 'pending' and t.status_reason is null
      and t.started_at is null and t.completed_at is null and t.completions = 0
      and not exists (select from task_claims c where c.task_id = t.id)
    returning t.id`)
  return rows.length
}

async function replaceDependencies(
  tx: Db,
  projectId: string,
  slugs: readonly string[],
  edges: readonly TaskEdge[],
): Promise<TaskEdge[]> {
  const records = edges.map((edge, at) => ({
    at,
    id: uuidv7(),
    prerequisite: edge.from,
    dependent: edge.to,
    quality_retention: edge.qualityRetention,
  }))
  const unresolved = await tx.execute<{ at: number }>(sql`
    with given as (
      select e.*, p.id as prerequisite_id, d.id as dependent_id
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as e (at integer, id text, prerequisite text,
        dependent text, quality_retention real)
      left join tasks p on p.project_id = ${projectId} and p.slug = e.prerequisite
      left join tasks d on d.project_id = ${projectId} and d.slug = e.dependent
    ), removed as (
      delete from task_dependencies x using tasks d
      where d.id = x.dependent_task_id and d.project_id = ${projectId} and d.slug = any(${sql.param(slugs)}::text[])
        and not exists (
          select from given
          where given.dependent_id = x.dependent_task_id and given.prerequisite_id = x.depends_on_task_id)
    ), stored as (
      insert into task_dependencies as x (id, project_id, dependent_task_id, depends_on_task_id, quality_retention)
      select distinct on (dependent_id, prerequisite_id)
        id, ${projectId}, dependent_id, prerequisite_id, quality_retention
      from given where dependent_id is not null and prerequisite_id is not null
      order by dependent_id, prerequisite_id, at
      on conflict (dependent_task_id, depends_on_task_id) do update
        set quality_retention = excluded.quality_retention, updated_at = now()
        where x.quality_retention is distinct from excluded.quality_retention
    )
    select at from given where dependent_id is null or prerequisite_id is null order by at`)
  return unresolved.flatMap(({ at }) => edges[at] ?? [])
}

async function countDependencies(
  tx: Db,
  projectId: string,
  slugs: readonly string[],
): Promise<number> {
  const [row] = await tx.execute<{ rows: number }>(sql`
    select count(*)::integer as rows from task_dependencies x join tasks d on d.id = x.dependent_task_id
    where d.project_id = ${projectId} and d.slug = any(${sql.param(slugs)}::text[])`)
  return row?.rows ?? 0
}
