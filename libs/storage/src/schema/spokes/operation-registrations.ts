import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { OperationSpec } from '@alkdev/operations'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { index, jsonb, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { ProviderType, RegistrationStatus } from './families.ts'
import { operations } from './operations.ts'

export const providerType = pgEnum('provider_type', valuesOf(ProviderType))
export const registrationStatus = pgEnum('registration_status', valuesOf(RegistrationStatus))

/**
 * The operations that spokes and clients offer now. `provider_id` is a spoke or a client by `provider_type`; triggers
 * on those two tables remove the registrations of a deleted provider.
 */
export const operationRegistrations = pgTable(
  'operation_registrations',
  {
    ...commonColumns(),
    operationId: text()
      .notNull()
      .references(() => operations.id, { onDelete: 'cascade' }),
    providerType: providerType().notNull(),
    providerId: text().notNull(),
    status: registrationStatus().notNull().default(RegistrationStatus.ACTIVE),
    /** Why it is quarantined or inactive. */
    reason: text(),
    preRemapNamespace: text().notNull(),
    preRemapName: text().notNull(),
    registeredAt: instant().notNull().defaultNow(),
    /** Of clients: the hash of what the outside service offers now. */
    schemaHash: text(),
    /** Of clients: the hash of the definition that is offered here. Differs from `schema_hash` while a change is held back. */
    acceptedHash: text(),
    /** Of clients: the changed definition that waits to be accepted; null when none does. */
    held: jsonb().$type<OperationSpec>(),
    /** Of clients: when the definition changed at the outside service. */
    changedAt: instant(),
  },
  (t) => [
    unique('unq_operation_registrations_provider_operation').on(
      t.providerType,
      t.providerId,
      t.operationId,
    ),
    index('idx_operation_registrations_operation_id').on(t.operationId),
    index('idx_operation_registrations_active')
      .on(t.preRemapNamespace, t.preRemapName)
      .where(sql`${t.status} = 'active'`),
  ],
)

export const OperationRegistrationRow = createSelectSchema(operationRegistrations)
export type OperationRegistrationRow = Static<typeof OperationRegistrationRow>
export const OperationRegistrationInsert = createInsertSchema(operationRegistrations)
export type OperationRegistrationInsert = Static<typeof OperationRegistrationInsert>
export const OperationRegistrationUpdate = createUpdateSchema(operationRegistrations)
export type OperationRegistrationUpdate = Static<typeof OperationRegistrationUpdate>
