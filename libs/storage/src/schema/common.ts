import { uuidv7 } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import { jsonb, text, timestamp } from 'drizzle-orm/pg-core'

/** Free annotations of a row that no code of the hub decides by, except for the rights in those of `idempotency_keys`, the organizations in those of `grants`, and the run in those of `queued_calls`, `messages` and `turns`. */
export type Metadata = Record<string, unknown>

/** `"type:id"` to the actions allowed on it, as in an identity. */
export type ResourceGrants = Record<string, string[]>

/**
 * Primary key: a UUIDv7 made by the process that inserts, so that ids sort by age. Text and not `uuid`, because an id that
 * comes from outside and is no UUID then simply finds nothing, and the sentinel operation `__removed__` fits in.
 */
export const idColumn = () => text().primaryKey().$defaultFn(uuidv7Default)

const uuidv7Default = (): string => uuidv7()

/** timestamptz in milliseconds: what a Date holds, so a keyset cursor made from a row finds that row again. */
export const instant = () => timestamp({ withTimezone: true, precision: 3, mode: 'date' })

export const createdAtColumn = () => instant().notNull().defaultNow()

/** The clock of the database decides, on insert and on update. */
export const updatedAtColumn = () =>
  instant()
    .notNull()
    .defaultNow()
    .$onUpdate(() => sql`now()`)

/** The columns that nearly every table has. */
export const commonColumns = () => ({
  id: idColumn(),
  metadata: jsonb().$type<Metadata>().notNull().default({}),
  createdAt: createdAtColumn(),
  updatedAt: updatedAtColumn(),
})

/** The values of a const family in the order in which it lists them: what a Postgres enum is generated from. */
export function valuesOf<V extends string>(family: Readonly<Record<string, V>>): [V, ...V[]] {
  return Object.values(family) as [V, ...V[]]
}
