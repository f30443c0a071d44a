import type { EncryptedData } from '@alkdev/crypto'
import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant } from '../common.ts'
import { clients } from './clients.ts'

/**
 * Secrets of clients, encrypted before they reach this library. The encryption authenticates the row's place (client
 * and key name) and the client's origin.
 */
export const clientSecrets = pgTable(
  'client_secrets',
  {
    ...commonColumns(),
    clientId: text()
      .notNull()
      .references(() => clients.id, { onDelete: 'cascade' }),
    /** What the client's config refers to it by. */
    secretKey: text().notNull(),
    value: jsonb().$type<EncryptedData>().notNull(),
    /** Of `value`; beside it so that what still has an old key is counted and found by an index. */
    keyVersion: integer().notNull(),
    rotatedAt: instant(),
    /** The seal names the origin that the secret is sent to. False for a secret that an older version stored: it is re-encrypted once. */
    originBound: boolean().notNull().default(false),
  },
  (t) => [
    unique('unq_client_secrets_client_id_secret_key').on(t.clientId, t.secretKey),
    index('idx_client_secrets_key_version').on(t.keyVersion, t.id),
    check(
      'chk_client_secrets_value',
      sql`${t.value} ?& array['keyVersion', 'salt', 'iv', 'data'] and (${t.value} ->> 'keyVersion')::integer = ${t.keyVersion}`,
    ),
  ],
)

export const ClientSecretRow = createSelectSchema(clientSecrets)
export type ClientSecretRow = Static<typeof ClientSecretRow>
export const ClientSecretInsert = createInsertSchema(clientSecrets)
export type ClientSecretInsert = Static<typeof ClientSecretInsert>
export const ClientSecretUpdate = createUpdateSchema(clientSecrets)
export type ClientSecretUpdate = Static<typeof ClientSecretUpdate>
