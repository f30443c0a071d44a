import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, instant, updatedAtColumn } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { sessions } from '../sessions/sessions.ts'
import { tasks } from './tasks.ts'

/**
 * Who works on a task: a session or an account. One row per task, kept after the release so that `token` only rises; every write of the
 * holder names it. The claim of a session lasts as long as the session is not final, that of an account until `expires_at`.
 */
export const taskClaims = pgTable(
  'task_claims',
  {
    taskId: text()
      .primaryKey()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    sessionId: text().references(() => sessions.id, { onDelete: 'cascade' }),
    accountId: text().references(() => accounts.id, { onDelete: 'cascade' }),
    /** Claims of the task so far. */
    token: bigint({ mode: 'number' }).notNull().default(1),
    since: instant().notNull().defaultNow(),
    expiresAt: instant(),
    releasedAt: instant(),
    releaseReason: text(),
    /** Hash of name, text, checks and touches of the task at the claim. */
    taskHash: text(),
    /** The checks at the claim: what is run at its end, whatever was changed since. */
    checks: jsonb().$type<Record<string, unknown>[]>().notNull().default([]),
    /** What the latest holder left without finishing: branch, head, ref of the saved changes, last report. */
    evidence: jsonb().$type<Record<string, unknown>>(),
    createdAt: createdAtColumn(),
    updatedAt: updatedAtColumn(),
  },
  (t) => [
    index('idx_task_claims_session_id').on(t.sessionId),
    index('idx_task_claims_account_id').on(t.accountId),
    index('idx_task_claims_expires_at')
      .on(t.expiresAt)
      .where(sql`${t.releasedAt} is null and ${t.expiresAt} is not null`),
    check(
      'chk_task_claims_holder',
      sql`${t.releasedAt} is not null or (${t.sessionId} is null) <> (${t.accountId} is null)`,
    ),
    check(
      'chk_task_claims_expiry',
      sql`${t.releasedAt} is not null or (${t.accountId} is null) = (${t.expiresAt} is null)`,
    ),
    check('chk_task_claims_token', sql`${t.token} >= 1`),
  ],
)

export const TaskClaimRow = createSelectSchema(taskClaims)
export type TaskClaimRow = Static<typeof TaskClaimRow>
export const TaskClaimInsert = createInsertSchema(taskClaims)
export type TaskClaimInsert = Static<typeof TaskClaimInsert>
export const TaskClaimUpdate = createUpdateSchema(taskClaims)
export type TaskClaimUpdate = Static<typeof TaskClaimUpdate>
