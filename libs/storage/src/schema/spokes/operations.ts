import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import { OperationType } from '@alkdev/operations'
import type { AccessControl, ErrorDefinition, JsonSchema, OperationHints } from '@alkdev/operations'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { boolean, check, jsonb, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, valuesOf } from '../common.ts'
import { RecordMode, RetryClass } from './families.ts'

export const operationType = pgEnum('operation_type', valuesOf(OperationType))
export const retryClass = pgEnum('retry_class', valuesOf(RetryClass))
export const recordMode = pgEnum('record_mode', valuesOf(RecordMode))

/** Id of the row that calls of deleted operations point at. Seeded by a migration. */
export const REMOVED_OPERATION_ID = '__removed__'

/**
 * Definitions of operations, by the hub's name (`namespace` is the one after remapping, for instance `dev.laptop.fs`).
 * Definitions outlive their providers, because the call graph refers to them.
 */
export const operations = pgTable(
  'operations',
  {
    ...commonColumns(),
    namespace: text().notNull(),
    name: text().notNull(),
    version: text().notNull(),
    type: operationType().notNull(),
    title: text(),
    description: text().notNull(),
    tags: text().array().notNull().default([]),
    inputSchema: jsonb().$type<JsonSchema>().notNull(),
    outputSchema: jsonb().$type<JsonSchema>().notNull(),
    errorSchemas: jsonb().$type<readonly ErrorDefinition[]>(),
    accessControl: jsonb().$type<AccessControl>().notNull(),
    /** Null: by the type (`safe` for queries, else `never`). */
    retry: retryClass(),
    resumable: boolean(),
    pool: boolean(),
    record: recordMode(),
    hints: jsonb().$type<OperationHints>(),
    /** `_meta` of the spec, as its author wrote it; `metadata` is the hub's own. */
    _meta: jsonb('_meta').$type<Readonly<Record<string, unknown>>>(),
    /** The service that answers it; null for what spokes and clients offer. */
    service: text(),
  },
  (t) => [
    unique('unq_operations_namespace_name').on(t.namespace, t.name),
    check('chk_operations_access_control', sql`jsonb_typeof(${t.accessControl}) = 'object'`),
  ],
)

export const OperationRow = createSelectSchema(operations)
export type OperationRow = Static<typeof OperationRow>
export const OperationInsert = createInsertSchema(operations)
export type OperationInsert = Static<typeof OperationInsert>
export const OperationUpdate = createUpdateSchema(operations)
export type OperationUpdate = Static<typeof OperationUpdate>
