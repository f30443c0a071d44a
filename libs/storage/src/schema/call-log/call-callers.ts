import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { date, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'

/** Who made calls: identity and actor as JSON, once per day instead of once per call. The id is a hash of both. */
export const callCallers = pgTable(
  'call_callers',
  {
    id: uuid().notNull(),
    /** The day (UTC) on which calls with it were written. Retention deletes by it. */
    day: date({ mode: 'string' }).notNull(),
    /** Whose rights: id, scopes, resources. Redacted. */
    identity: text().notNull(),
    /** Which process or spoke made the call. */
    actor: text().notNull(),
  },
  (t) => [primaryKey({ columns: [t.id, t.day] })],
)

export const CallCallerRow = createSelectSchema(callCallers)
export type CallCallerRow = Static<typeof CallCallerRow>
export const CallCallerInsert = createInsertSchema(callCallers)
export type CallCallerInsert = Static<typeof CallCallerInsert>
