import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, pgEnum, pgTable, text } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { organizations } from '../identity/organizations.ts'
import { sessions } from '../sessions/sessions.ts'
import { ApprovalDecision, ApprovalKind, ApprovalScope, ApprovalStatus } from './families.ts'

export const approvalKind = pgEnum('approval_kind', valuesOf(ApprovalKind))
export const approvalStatus = pgEnum('approval_status', valuesOf(ApprovalStatus))
export const approvalDecision = pgEnum('approval_decision', valuesOf(ApprovalDecision))
export const approvalScope = pgEnum('approval_scope', valuesOf(ApprovalScope))

/**
 * Questions that must be answered before work continues. Each is answered at most once; after its deadline its default
 * counts. The transaction that ends it also wakes what asked.
 */
export const approvals = pgTable(
  'approvals',
  {
    ...commonColumns(),
    kind: approvalKind().notNull(),
    /** What asks, for instance `workflow-run` and the id of the run. */
    subjectType: text().notNull(),
    subjectId: text().notNull(),
    /** Whose work it is. */
    accountId: text().references(() => accounts.id, { onDelete: 'set null' }),
    /** The organization whose members may answer. */
    orgId: text().references(() => organizations.id, { onDelete: 'set null' }),
    /** The session that asks. It cannot answer itself. */
    sessionId: text().references(() => sessions.id, { onDelete: 'set null' }),
    question: text().notNull(),
    /** What helps to decide, as JSON. */
    details: text(),
    /** The call that is asked for: an answer is valid for this operation, schema and input only. */
    operationName: text(),
    schemaHash: text(),
    inputHash: text(),
    /** `account:<id>` and `session:<id>`; empty: the owner and the members of the organization. */
    askedOf: text().array().notNull().default([]),
    deadline: instant().notNull(),
    /** What counts after the deadline. */
    defaultDecision: approvalDecision().notNull().default(ApprovalDecision.DENY),
    status: approvalStatus().notNull().default(ApprovalStatus.OPEN),
    /** Of the answer, or the default after the deadline. */
    decision: approvalDecision(),
    answer: text(),
    scope: approvalScope(),
    resourcePattern: text(),
    answeredBy: text().references(() => accounts.id, { onDelete: 'set null' }),
    answeredBySession: text().references(() => sessions.id, { onDelete: 'set null' }),
    endedAt: instant(),
  },
  (t) => [
    index('idx_approvals_deadline')
      .on(t.deadline)
      .where(sql`${t.status} = 'open'`),
    index('idx_approvals_account_id_id').on(t.accountId, t.id),
    index('idx_approvals_account_id_open')
      .on(t.accountId, t.createdAt, t.id)
      .where(sql`${t.status} = 'open'`),
    index('idx_approvals_org_id_id')
      .on(t.orgId, t.id)
      .where(sql`${t.orgId} is not null`),
    index('idx_approvals_session_id')
      .on(t.sessionId)
      .where(sql`${t.sessionId} is not null`),
    index('idx_approvals_asked_of')
      .using('gin', t.askedOf)
      .where(sql`${t.status} = 'open'`),
    index('idx_approvals_subject').on(t.subjectType, t.subjectId),
    index('idx_approvals_answered_by')
      .on(t.answeredBy)
      .where(sql`${t.answeredBy} is not null`),
    index('idx_approvals_answered_by_session')
      .on(t.answeredBySession)
      .where(sql`${t.answeredBySession} is not null`),
    index('idx_approvals_ended_at')
      .on(t.endedAt)
      .where(sql`${t.endedAt} is not null`),
    check(
      'chk_approvals_ended',
      sql`(${t.status} = 'open') = (${t.endedAt} is null) and (${t.status} in ('answered', 'expired')) = (${t.decision} is not null)`,
    ),
    check('chk_approvals_question', sql`length(${t.question}) between 1 and 4096`),
    check('chk_approvals_operation', sql`(${t.operationName} is null) = (${t.inputHash} is null)`),
  ],
)

export const ApprovalRow = createSelectSchema(approvals)
export type ApprovalRow = Static<typeof ApprovalRow>
export const ApprovalInsert = createInsertSchema(approvals)
export type ApprovalInsert = Static<typeof ApprovalInsert>
