import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { commonColumns } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { organizations } from '../identity/organizations.ts'

/** URLs to which the ends of queued calls are reported. The URL of a webhook never changes. */
export const webhooks = pgTable(
  'webhooks',
  {
    ...commonColumns(),
    /** Who registered it. Without an organization it belongs to this account. */
    accountId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    /** Its members may use it. */
    orgId: text().references(() => organizations.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    url: text().notNull(),
  },
  (t) => [
    uniqueIndex('idx_webhooks_account_id_name')
      .on(t.accountId, t.name)
      .where(sql`${t.orgId} is null`),
    uniqueIndex('idx_webhooks_org_id_name')
      .on(t.orgId, t.name)
      .where(sql`${t.orgId} is not null`),
    index('idx_webhooks_account_id_id').on(t.accountId, t.id),
  ],
)

export const WebhookRow = createSelectSchema(webhooks)
export type WebhookRow = Static<typeof WebhookRow>
export const WebhookInsert = createInsertSchema(webhooks)
export type WebhookInsert = Static<typeof WebhookInsert>
