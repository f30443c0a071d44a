import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { boolean, check, index, jsonb, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns } from '../common.ts'
import { accounts } from '../identity/accounts.ts'
import { organizations } from '../identity/organizations.ts'

/**
 * Outside services: model providers, OpenAPI and MCP servers, forges. `type` selects the schema of `config`. It is
 * text and not an enum, because a breaking change of a schema takes a new type (`llm-provider-v2`) and not a
 * migration.
 */
export const clients = pgTable(
  'clients',
  {
    ...commonColumns(),
    name: text().notNull(),
    type: text().notNull(),
    config: jsonb().$type<Record<string, unknown>>().notNull(),
    enabled: boolean().notNull().default(true),
    /** Written from the configuration of the mcp service; operations do not change it. */
    managed: boolean().notNull().default(false),
    /** The hub may connect to addresses that are not public: the operator chose this one. */
    privateOk: boolean().notNull().default(false),
    ownerId: text()
      .notNull()
      .references(() => accounts.id, { onDelete: 'restrict' }),
    orgId: text().references(() => organizations.id, { onDelete: 'restrict' }),
  },
  (t) => [
    unique('unq_clients_name').on(t.name),
    index('idx_clients_type').on(t.type),
    index('idx_clients_owner_id').on(t.ownerId),
    index('idx_clients_org_id').on(t.orgId),
    check('chk_clients_name', sql`${t.name} ~ '^[a-z0-9][a-z0-9-]{0,62}$'`),
    check('chk_clients_type', sql`${t.type} ~ '^[a-z][a-z0-9-]{0,62}$'`),
    check('chk_clients_config', sql`jsonb_typeof(${t.config}) = 'object'`),
  ],
)

export const ClientRow = createSelectSchema(clients)
export type ClientRow = Static<typeof ClientRow>
export const ClientInsert = createInsertSchema(clients)
export type ClientInsert = Static<typeof ClientInsert>
export const ClientUpdate = createUpdateSchema(clients)
export type ClientUpdate = Static<typeof ClientUpdate>
