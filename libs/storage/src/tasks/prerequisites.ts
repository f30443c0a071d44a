import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Db } from '../database/types.ts'

/** Condition: the task with this id has no prerequisite that is not completed, nor one that does not exist. */
export function hasNoOpenPrerequisite(taskId: SQL): SQL {
  return sql`not exists (
      select from task_dependencies d join tasks p on p.id = d.depends_on_task_id
      where d.dependent_task_id = ${taskId} and p.status <> 'completed')
    and not exists (
      select from tasks own cross join unnest(own.depends_on) as named (slug)
      where own.id = ${taskId} and not exists (
        select from tasks p where p.project_id = own.project_id and p.slug = named.slug))`
}

/** Slugs of the prerequisites that are not completed or do not exist, at most 100. */
export async function openPrerequisites(tx: Db, taskId: string): Promise<string[]> {
  const rows = await tx.execute<{ slug: string }>(sql`
    select p.slug from task_dependencies d join tasks p on p.id = d.depends_on_task_id
    where d.dependent_task_id = ${taskId} and p.status <> 'completed'
    union
    select named.slug from tasks own cross join unnest(own.depends_on) as named (slug)
    where own.id = ${taskId} and not exists (
      select from tasks p where p.project_id = own.project_id and p.slug = named.slug)
    order by 1 limit 100`)
  return rows.map(({ slug }) => slug)
}
