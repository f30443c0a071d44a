import type { StoredQueueLimits, StoredRequestLimits } from '@alkdev/contracts'
import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, jsonb, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, valuesOf } from '../common.ts'
import { AccessLevel, AccountKind, AccountStatus } from './families.ts'

export const accountKind = pgEnum('account_kind', valuesOf(AccountKind))
export const accessLevel = pgEnum('access_level', valuesOf(AccessLevel))
export const accountStatus = pgEnum('account_status', valuesOf(AccountStatus))

/** Identities: people, services and models. An account with audit rows is never deleted. */
export const accounts = pgTable(
  'accounts',
  {
    ...commonColumns(),
    /** Lower case, so that one address is one account. */
    email: text().notNull(),
    displayName: text(),
    kind: accountKind().notNull().default(AccountKind.HUMAN),
    accessLevel: accessLevel().notNull().default(AccessLevel.USER),
    status: accountStatus().notNull().default(AccountStatus.ACTIVE),
    giteaUsername: text(),
    /** Preferences, avatar. Never credentials. */
    data: jsonb().$type<Record<string, unknown>>(),
    /** In the place of what the config says for every account. */
    requestLimits: jsonb().$type<StoredRequestLimits & StoredQueueLimits>(),
  },
  (t) => [
    unique('unq_accounts_email').on(t.email),
    index('idx_accounts_display_name').on(t.displayName),
    check('chk_accounts_request_limits', sql`jsonb_typeof(${t.requestLimits}) = 'object'`),
    check('chk_accounts_email', sql`${t.email} = lower(${t.email}) and ${t.email} like '%_@_%'`),
  ],
)

export const AccountRow = createSelectSchema(accounts)
export type AccountRow = Static<typeof AccountRow>
export const AccountInsert = createInsertSchema(accounts)
export type AccountInsert = Static<typeof AccountInsert>
export const AccountUpdate = createUpdateSchema(accounts)
export type AccountUpdate = Static<typeof AccountUpdate>
