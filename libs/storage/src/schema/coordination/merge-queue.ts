import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { grants } from '../identity/grants.ts'
import { projects } from '../projects/projects.ts'
import { workspaces } from '../projects/workspaces.ts'
import { sessions } from '../sessions/sessions.ts'
import { tasks } from '../tasks/tasks.ts'
import { MergeStatus } from './families.ts'

export const mergeStatus = pgEnum('merge_status', valuesOf(MergeStatus))

/**
 * Branches that are to be merged, in the order of their ids. Of each target branch of a repository one at a time is worked on, by the process
 * that holds its lease (token, as for sessions).
 */
export const mergeQueue = pgTable(
  'merge_queue',
  {
    ...commonColumns(),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** The git common directory that all worktrees of the project share. */
    commonDirId: text().notNull(),
    targetBranch: text().notNull(),
    /** The branch that is merged, and the session and workspace that own it. */
    branch: text().notNull(),
    sessionId: text().references(() => sessions.id, { onDelete: 'cascade' }),
    workspaceId: text().references(() => workspaces.id, { onDelete: 'set null' }),
    taskId: text().references(() => tasks.id, { onDelete: 'set null' }),
    /** Who asked for it. The merge has the rights of this grant. */
    accountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    leadSessionId: text(),
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    status: mergeStatus().notNull().default(MergeStatus.QUEUED),
    /** What it does: `rebase`, `check`, `update`. */
    step: text(),
    token: bigint({ mode: 'number' }).notNull().default(0),
    workerInstanceId: text(),
    leaseUntil: instant(),
    wakeAt: instant(),
    wakeSeq: bigint({ mode: 'number' }).notNull().default(0),
    /** The tip of the target when the branch was rebased on it, the head of the branch before and after. */
    targetHead: text(),
    oldHead: text(),
    newHead: text(),
    /** What runs on the branch after its rebase: name, command, time. */
    checks: jsonb().$type<Record<string, unknown>[]>().notNull().default([]),
    /** How often the target moved, and the merge began again. */
    attempts: integer().notNull().default(0),
    /** Why it was not merged, as a word; `error` says it in words. */
    reason: text(),
    /** Patch ids before and after, files in conflict, runs of checks. */
    evidence: jsonb().$type<Record<string, unknown>>(),
    error: text(),
    endedAt: instant(),
  },
  (t) => [
    uniqueIndex('unq_merge_queue_running')
      .on(t.commonDirId, t.targetBranch)
      .where(sql`${t.status} = 'running'`),
    uniqueIndex('unq_merge_queue_open')
      .on(t.commonDirId, t.targetBranch, t.branch)
      .where(sql`${t.status} in ('queued', 'running')`),
    index('idx_merge_queue_due')
      .on(t.wakeAt)
      .where(sql`${t.leaseUntil} is null and ${t.wakeAt} is not null`),
    index('idx_merge_queue_leased')
      .on(t.leaseUntil)
      .where(sql`${t.leaseUntil} is not null`),
    index('idx_merge_queue_project_id_id').on(t.projectId, t.id),
    index('idx_merge_queue_session_id').on(t.sessionId),
    index('idx_merge_queue_workspace_id').on(t.workspaceId),
    index('idx_merge_queue_task_id').on(t.taskId),
    index('idx_merge_queue_account_id').on(t.accountId),
    index('idx_merge_queue_grant_id').on(t.grantId),
    check(
      'chk_merge_queue_lease',
      sql`(${t.status} = 'running') = (${t.leaseUntil} is not null and ${t.workerInstanceId} is not null)`,
    ),
    check(
      'chk_merge_queue_ended',
      sql`(${t.status} in ('queued', 'running')) = (${t.endedAt} is null)`,
    ),
  ],
)

export const MergeQueueRow = createSelectSchema(mergeQueue)
export type MergeQueueRow = Static<typeof MergeQueueRow>
export const MergeQueueInsert = createInsertSchema(mergeQueue)
export type MergeQueueInsert = Static<typeof MergeQueueInsert>
export const MergeQueueUpdate = createUpdateSchema(mergeQueue)
export type MergeQueueUpdate = Static<typeof MergeQueueUpdate>
