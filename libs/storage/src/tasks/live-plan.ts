import { must } from '@alkdev/std'
import { eq, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { TaskPriority, TaskRisk, TaskScope, TaskStatus } from '../schema/tasks/families.ts'
import type { TaskImpact, TaskLevel } from '../schema/tasks/families.ts'
import { taskPlans } from '../schema/tasks/task-plans.ts'
import type { TaskEdge } from './sync-tasks.ts'

/** A task as the analyses need it. Absent: not assessed. */
export interface PlannedTask {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly status: TaskStatus
  readonly scope?: TaskScope
  readonly risk?: TaskRisk
  readonly impact?: TaskImpact
  readonly level?: TaskLevel
  readonly priority?: TaskPriority
  readonly touches?: readonly string[]
  readonly estimate?: number
}

export interface LivePlan {
  /** Another number after each change. */
  readonly version: number
  readonly tasks: readonly PlannedTask[]
  readonly edges: readonly TaskEdge[]
  /** Dependencies on slugs that no task has. Their dependents can't be begun. */
  readonly unresolved: readonly TaskEdge[]
}

/**
 * All tasks of a project by slug and their dependencies, of one moment, in one statement and without texts. Each column is one JSON array: an object
 * for each row, and an order, take PostgreSQL longer.
 */
export function loadLivePlan(db: Db, projectId: string): Promise<LivePlan> {
  return coded(async () => {
    const [row] = await db.execute<PlanRow>(sql`
      select coalesce((select version from task_plans where project_id = ${projectId}), 0)::double precision as version, t.*, e.*, u.* from (
        select array_to_json(array_agg(id)) as id, array_to_json(array_agg(slug)) as slug,
          array_to_json(array_agg(name)) as name, array_to_json(array_agg(status::text)) as status,
          array_to_json(array_agg(scope::text)) as scope, array_to_json(array_agg(risk::text)) as risk,
          array_to_json(array_agg(impact::text)) as impact, array_to_json(array_agg(level::text)) as level,
          array_to_json(array_agg(priority::text)) as priority, array_to_json(array_agg(estimate)) as estimate,
          array_to_json(array_agg(case when cardinality(touches) > 0 then array_to_string(touches, E'\n') end)) as touches
        from tasks where project_id = ${projectId}
      ) t, (
        select array_to_json(array_agg(depends_on_task_id)) as "from", array_to_json(array_agg(dependent_task_id)) as "to",
          array_to_json(array_agg(quality_retention)) as retention
        from task_dependencies where project_id = ${projectId}
      ) e, (
        select coalesce(json_agg(json_build_object('from', named.slug, 'to', own.slug)), '[]') as unresolved
        from tasks own cross join unnest(own.depends_on) as named (slug)
        where own.project_id = ${projectId} and not exists (
          select from tasks p where p.project_id = own.project_id and p.slug = named.slug)
      ) u`)
    return planOf(must(row))
  })
}

/** The version of the plan of a project: 0 before its first task. */
export function readPlanVersion(db: Db, projectId: string): Promise<number> {
  return coded(async () => {
    const [row] = await db
      .select({ version: taskPlans.version })
      .from(taskPlans)
      .where(eq(taskPlans.projectId, projectId))
    return row?.version ?? 0
  })
}

/** Columns of all tasks and of all dependencies; null without rows. */
type PlanRow = {
  readonly [K in Exclude<keyof PlannedTask, 'id' | 'touches'>]-?: (PlannedTask[K] | null)[] | null
} & {
  readonly version: number
  readonly id: string[] | null
  readonly slug: string[]
  readonly name: string[]
  readonly status: TaskStatus[]
  /** The globs of a task, one in a line: a glob has no line end. */
  readonly touches: (string | null)[]
  readonly from: string[] | null
  readonly to: string[]
  readonly retention: (number | null)[]
  readonly unresolved: TaskEdge[]
}

const OPTIONAL = ['scope', 'risk', 'impact', 'level', 'priority', 'estimate'] as const

function planOf(row: PlanRow): LivePlan {
  const slugs = new Map<string, string>()
  const tasks = (row.id ?? []).map((id, at): PlannedTask => {
    const task: Record<string, unknown> = {
      id,
      slug: row.slug[at],
      name: row.name[at],
      status: row.status[at],
    }
    for (const name of OPTIONAL) {
      const value = row[name]?.[at]
      if (value != null) task[name] = value
    }
    const touches = row.touches[at]
    if (touches != null) task['touches'] = touches.split('\n')
    slugs.set(id, row.slug[at] ?? '')
    return task as unknown as PlannedTask
  })
  tasks.sort((a, b) => (a.slug < b.slug ? -1 : 1))
  const edges = (row.from ?? []).flatMap((prerequisite, at): TaskEdge[] => {
    const [from, to] = [slugs.get(prerequisite), slugs.get(row.to[at] ?? '')]
    const qualityRetention = row.retention[at]
    if (from === undefined || to === undefined) return []
    return [qualityRetention == null ? { from, to } : { from, to, qualityRetention }]
  })
  return { version: row.version, tasks, edges, unresolved: row.unresolved }
}
