import type { EncryptedData } from '@alkdev/crypto'
import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { createdAtColumn, idColumn, instant } from '../common.ts'
import { webhooks } from './webhooks.ts'

/**
 * The secrets that sign the deliveries of a webhook, encrypted before they reach this library. The encryption authenticates the row and the
 * origin of the URL. After a rotation the replaced secret signs too, until `ends_at`.
 */
export const webhookSecrets = pgTable(
  'webhook_secrets',
  {
    id: idColumn(),
    createdAt: createdAtColumn(),
    webhookId: text()
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    value: jsonb().$type<EncryptedData>().notNull(),
    /** Of `value`; beside it so that what still has an old key is counted and found by an index. */
    keyVersion: integer().notNull(),
    /** Of a replaced secret; the current one has none. */
    endsAt: instant(),
  },
  (t) => [
    uniqueIndex('idx_webhook_secrets_current')
      .on(t.webhookId)
      .where(sql`${t.endsAt} is null`),
    index('idx_webhook_secrets_webhook_id').on(t.webhookId),
    index('idx_webhook_secrets_key_version').on(t.keyVersion, t.id),
    index('idx_webhook_secrets_ends_at')
      .on(t.endsAt)
      .where(sql`${t.endsAt} is not null`),
    check(
      'chk_webhook_secrets_value',
      sql`${t.value} ?& array['keyVersion', 'salt', 'iv', 'data'] and (${t.value} ->> 'keyVersion')::integer = ${t.keyVersion}`,
    ),
  ],
)

export const WebhookSecretRow = createSelectSchema(webhookSecrets)
export type WebhookSecretRow = Static<typeof WebhookSecretRow>
