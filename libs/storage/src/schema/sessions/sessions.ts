import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  unique,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { grants } from '../identity/grants.ts'
import { projects } from '../projects/projects.ts'
import { workspaces } from '../projects/workspaces.ts'
import { roles } from '../roles/roles.ts'
import { EndReason, InputPolicy, SessionMode, SessionStatus, WaitKind } from './families.ts'

export const sessionStatus = pgEnum('session_status', valuesOf(SessionStatus))
export const sessionMode = pgEnum('session_mode', valuesOf(SessionMode))
export const waitKind = pgEnum('wait_kind', valuesOf(WaitKind))
export const inputPolicy = pgEnum('input_policy', valuesOf(InputPolicy))
export const endReason = pgEnum('end_reason', valuesOf(EndReason))

/**
 * One conversation of an agent with the hub, in a role, on a project. The row is claimed for a turn by one update (turn token + 1, lease), and
 * only the holder of that token writes what belongs to the turn. Whatever a turn may wait for raises `wake_seq` and makes the session due;
 * it is released to wait only while `wake_seq` is what its holder has seen.
 */
export const sessions = pgTable(
  'sessions',
  {
    ...commonColumns(),
    /** Null when the account was deleted: the conversation stays. */
    accountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    projectId: text()
      .notNull()
      .references(() => projects.id, { onDelete: 'restrict' }),
    workspaceId: text().references(() => workspaces.id, { onDelete: 'set null' }),
    /** A session that was created for a workspace does not work without it. */
    workspaceRequired: boolean().notNull().default(false),
    parentId: text(),
    /** The top of the tree; the session itself when it has no parent. */
    rootId: text(),
    depth: integer().notNull().default(0),
    /** The rights that the session acts with; without one it acts no more. */
    grantId: text().references(() => grants.id, { onDelete: 'set null' }),
    /** Made from the title: lower case, digits and hyphens, a random ending on a clash. */
    slug: text().notNull(),
    title: text().notNull(),
    mode: sessionMode().notNull().default(SessionMode.AGENT),
    status: sessionStatus().notNull().default(SessionStatus.IDLE),
    waitingOn: waitKind(),
    /** Since when it has this status. */
    stateSince: instant().notNull().defaultNow(),
    /** Its latest step, tool call or message. */
    progressAt: instant(),
    /** Format of `data`. New fields are optional; only a breaking change raises it. */
    version: text().notNull().default('1'),
    roleId: text().references(() => roles.id, { onDelete: 'restrict' }),
    /** The name of the role when the session was created, for people. */
    roleName: text(),
    /** Ids of the roles from the root session to this one; the strictest rule of all decides. */
    roleChain: text().array().notNull().default([]),
    /** `provider/model`; null: that of the role, or of the configuration. */
    model: text(),
    /** What the model is instructed beside the prompt of the role. */
    instructions: text(),
    /** Why the latest turn ended. */
    endReason: endReason(),
    /** Why the session was stopped, for instance that its key was revoked. */
    stopReason: text(),
    /** Numbers of the latest event, and of the latest message. */
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
    messageSeq: bigint({ mode: 'number' }).notNull().default(0),
    /** The turn that runs or waits. */
    turnId: text(),
    /** Claims so far. Every write of a turn names the token of its claim. */
    turnToken: bigint({ mode: 'number' }).notNull().default(0),
    workerInstanceId: text(),
    leaseUntil: instant(),
    /** When it is to be claimed; without it nothing but an event makes it due. */
    wakeAt: instant(),
    wakeSeq: bigint({ mode: 'number' }).notNull().default(0),
    abortRequestedAt: instant(),
    abortReason: text(),
    /** The session and the message from which this one was forked. */
    forkedFrom: text(),
    forkedAt: text(),
    budgetId: text(),
    /** The step that the creation of the session has reached: `claimed`, `worktree`, `prompted`; null for a session that was not spawned. */
    spawnStep: text(),
    /** What the creation has still to do: the worktree, its base, the first prompt. */
    spawnPlan: jsonb().$type<Record<string, unknown>>(),
    /** Until when a process works on the creation. After it any process goes on. */
    spawnLeaseUntil: instant(),
    /** Set by an abort of the tree: the session and what is below it do no more work. */
    abortId: text(),
    /** The merge that works in its worktree: no turn begins meanwhile. */
    mergeId: text(),
    /** What happens to a message that comes while a turn runs. */
    inputPolicy: inputPolicy().notNull().default(InputPolicy.QUEUE),
    lastActivityAt: instant().notNull().defaultNow(),
    archivedAt: instant(),
    data: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [
    unique('unq_sessions_slug').on(t.slug),
    foreignKey({
      name: 'sessions_parent_id_sessions_id_fk',
      columns: [t.parentId],
      foreignColumns: [t.id],
    }).onDelete('set null'),
    index('idx_sessions_account_id_id').on(t.accountId, t.id),
    index('idx_sessions_workspace_id').on(t.workspaceId),
    uniqueIndex('unq_sessions_workspace_id_live')
      .on(t.workspaceId)
      .where(
        sql`${t.workspaceId} is not null and ${t.status} not in ('done', 'failed', 'aborted', 'archived')`,
      ),
    index('idx_sessions_parent_id').on(t.parentId),
    index('idx_sessions_root_id')
      .on(t.rootId)
      .where(sql`${t.rootId} is not null`),
    index('idx_sessions_role_id')
      .on(t.roleId)
      .where(sql`${t.roleId} is not null`),
    index('idx_sessions_grant_id').on(t.grantId),
    index('idx_sessions_last_activity_at_id').on(t.lastActivityAt, t.id),
    index('idx_sessions_project_id_id').on(t.projectId, t.id),
    index('idx_sessions_live')
      .on(t.projectId, t.lastActivityAt)
      .where(sql`${t.status} <> 'archived'`),
    index('idx_sessions_due')
      .on(t.wakeAt)
      .where(sql`${t.leaseUntil} is null and ${t.wakeAt} is not null`),
    index('idx_sessions_spawning')
      .on(t.spawnLeaseUntil)
      .where(sql`${t.spawnStep} is not null and ${t.spawnStep} <> 'prompted'`),
    index('idx_sessions_leased')
      .on(t.leaseUntil)
      .where(sql`${t.leaseUntil} is not null`),
    check(
      'chk_sessions_counts',
      sql`least(${t.turnToken}, ${t.eventSeq}, ${t.messageSeq}, ${t.wakeSeq}, ${t.depth}) >= 0`,
    ),
    check(
      'chk_sessions_lease',
      sql`(${t.status} = 'running') = (${t.leaseUntil} is not null and ${t.workerInstanceId} is not null)`,
    ),
    check('chk_sessions_waiting', sql`${t.waitingOn} is null or ${t.status} = 'waiting'`),
    check('chk_sessions_external', sql`${t.mode} = 'agent' or ${t.turnId} is null`),
  ],
)

export const SessionRow = createSelectSchema(sessions)
export type SessionRow = Static<typeof SessionRow>
export const SessionInsert = createInsertSchema(sessions)
export type SessionInsert = Static<typeof SessionInsert>
export const SessionUpdate = createUpdateSchema(sessions)
export type SessionUpdate = Static<typeof SessionUpdate>
