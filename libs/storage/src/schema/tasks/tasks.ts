import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  check,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  real,
  text,
  unique,
} from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { projects } from '../projects/projects.ts'
import { TaskImpact, TaskLevel, TaskPriority, TaskRisk, TaskScope, TaskStatus } from './families.ts'

export const taskStatus = pgEnum('task_status', valuesOf(TaskStatus))
export const taskScope = pgEnum('task_scope', valuesOf(TaskScope))
export const taskRisk = pgEnum('task_risk', valuesOf(TaskRisk))
export const taskImpact = pgEnum('task_impact', valuesOf(TaskImpact))
export const taskLevel = pgEnum('task_level', valuesOf(TaskLevel))
export const taskPriority = pgEnum('task_priority', valuesOf(TaskPriority))

/** A command that checks the work on a task, run in its worktree. */
export interface TaskCheck {
  readonly name: string
  readonly command: string
  readonly timeoutMs?: number
}

/**
 * The tasks of a project. Authored columns come from task files and are written by sync. `status`, `status_reason`,
 * `started_at`, `completed_at`, `completions` and `result` belong to run time and are never written by sync. A null category was not assessed.
 */
export const tasks = pgTable(
  'tasks',
  {
    ...commonColumns(),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** The `id` of the front matter, and the key of the node in the task graph. */
    slug: text().notNull(),
    name: text().notNull(),
    path: text(),
    scope: taskScope(),
    risk: taskRisk(),
    impact: taskImpact(),
    level: taskLevel(),
    priority: taskPriority(),
    tags: text().array().notNull().default([]),
    assignee: text(),
    due: text(),
    body: text(),
    /** As written, slugs that resolve to nothing included; the resolved ones are rows of task_dependencies. */
    dependsOn: text().array().notNull().default([]),
    /** Globs of the files that the work on the task changes. */
    touches: text().array().notNull().default([]),
    /** Commands that must succeed before the task is finished. */
    checks: jsonb().$type<TaskCheck[]>().notNull().default([]),
    /** Authored estimate of the work, in hours. */
    estimate: real(),
    fileCreatedAt: instant(),
    fileModifiedAt: instant(),
    status: taskStatus().notNull().default(TaskStatus.PENDING),
    startedAt: instant(),
    completedAt: instant(),
    /** How often it was completed; each completion wakes its dependents once. */
    completions: integer().notNull().default(0),
    /** Why it has this status, for instance why it is blocked. */
    statusReason: text(),
    /** How the work ended: outcome, text, evidence. */
    result: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [
    unique('unq_tasks_project_id_slug').on(t.projectId, t.slug),
    unique('unq_tasks_id_project_id').on(t.id, t.projectId),
    index('idx_tasks_active')
      .on(t.projectId, t.status)
      .where(sql`${t.status} in ('pending', 'in-progress', 'blocked')`),
    index('idx_tasks_assignee')
      .on(t.assignee)
      .where(sql`${t.assignee} is not null`),
    index('idx_tasks_tags').using('gin', t.tags),
    check('chk_tasks_completions', sql`${t.completions} >= 0`),
    check('chk_tasks_slug', sql`${t.slug} <> ''`),
  ],
)

export const TaskRow = createSelectSchema(tasks)
export type TaskRow = Static<typeof TaskRow>
export const TaskInsert = createInsertSchema(tasks)
export type TaskInsert = Static<typeof TaskInsert>
export const TaskUpdate = createUpdateSchema(tasks)
export type TaskUpdate = Static<typeof TaskUpdate>
