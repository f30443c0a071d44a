import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, foreignKey, index, pgTable, real, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns } from '../common.ts'
import { tasks } from './tasks.ts'

/**
 * `dependent_task_id` waits for `depends_on_task_id`. Both are tasks of `project_id`: two composite foreign keys hold
 * that, also against concurrent transactions.
 */
export const taskDependencies = pgTable(
  'task_dependencies',
  {
    ...commonColumns(),
    projectId: text().notNull(),
    dependentTaskId: text().notNull(),
    dependsOnTaskId: text().notNull(),
    /** 0 to 1: how much of the prerequisite's quality arrives. Null: the task library's default, 0.9. */
    qualityRetention: real(),
  },
  (t) => [
    foreignKey({
      name: 'task_dependencies_dependent_tasks_fk',
      columns: [t.dependentTaskId, t.projectId],
      foreignColumns: [tasks.id, tasks.projectId],
    }).onDelete('cascade'),
    foreignKey({
      name: 'task_dependencies_depends_on_tasks_fk',
      columns: [t.dependsOnTaskId, t.projectId],
      foreignColumns: [tasks.id, tasks.projectId],
    }).onDelete('cascade'),
    unique('unq_task_dependencies_dependent_depends_on').on(t.dependentTaskId, t.dependsOnTaskId),
    index('idx_task_dependencies_depends_on_task_id').on(t.dependsOnTaskId),
    index('idx_task_dependencies_project_id').on(t.projectId),
    check('chk_task_dependencies_ends', sql`${t.dependentTaskId} <> ${t.dependsOnTaskId}`),
    check('chk_task_dependencies_quality', sql`${t.qualityRetention} between 0 and 1`),
  ],
)

export const TaskDependencyRow = createSelectSchema(taskDependencies)
export type TaskDependencyRow = Static<typeof TaskDependencyRow>
export const TaskDependencyInsert = createInsertSchema(taskDependencies)
export type TaskDependencyInsert = Static<typeof TaskDependencyInsert>
export const TaskDependencyUpdate = createUpdateSchema(taskDependencies)
export type TaskDependencyUpdate = Static<typeof TaskDependencyUpdate>
