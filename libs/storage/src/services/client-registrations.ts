import type { OperationSpec } from '@alkdev/operations'
import { and, asc, eq, sql } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { specOf, upsertDefinitions } from '../registry/operation-spec-row.ts'
import { operationRegistrations } from '../schema/spokes/operation-registrations.ts'
import { operations } from '../schema/spokes/operations.ts'

/**
 * Accepts the held definitions of a client (all, or those named, or those whose hash begins with one that is given): they take the place of the
 * former ones. Returns the names, and the number of the registry change when there were any. With a hash that none has, nothing is
 * accepted, and `unknown` names it.
 */
export function acceptClientOperations(
  db: Db,
  client: { readonly id: string; readonly name: string },
  names?: readonly string[],
  hashes?: readonly string[],
): Promise<{
  readonly accepted: readonly string[]
  readonly change?: number
  readonly unknown?: readonly string[]
}> {
  return inTransaction(db, async (tx) => {
    const found = await tx
      .select({
        id: operationRegistrations.id,
        name: operationRegistrations.preRemapName,
        held: operationRegistrations.held,
        hash: operationRegistrations.schemaHash,
      })
      .from(operationRegistrations)
      .where(
        and(
          ofClient(client.id),
          sql`${operationRegistrations.held} is not null`,
          names === undefined
            ? undefined
            : sql`${operationRegistrations.preRemapName} = any(${sql.param(names)}::text[])`,
        ),
      )
      .orderBy(asc(operationRegistrations.id))
      .for('update')
    const begins = (hash: string | null, shown: string): boolean => hash?.startsWith(shown) === true
    const unknown = hashes?.filter((shown) => !found.some(({ hash }) => begins(hash, shown))) ?? []
    if (unknown.length > 0) return { accepted: [], unknown }
    const rows = found.filter(
      ({ hash }) => hashes === undefined || hashes.some((shown) => begins(hash, shown)),
    )
    const accepted = rows.flatMap(({ name, held }) => (held === null ? [] : [{ name, held }]))
    if (accepted.length === 0) return { accepted: [] }
    await upsertDefinitions(
      tx,
      accepted.map(({ name, held }) => ({ namespace: client.name, name, spec: held })),
    )
    await tx
      .update(operationRegistrations)
      .set({
        status: 'active',
        reason: null,
        held: null,
        acceptedHash: sql`${operationRegistrations.schemaHash}`,
      })
      .where(
        sql`${operationRegistrations.id} = any(${sql.param(rows.map((row) => row.id))}::text[])`,
      )
    const change = await appendRegistryChange(tx, 'client', [client.id])
    return { accepted: accepted.map(({ name }) => name), change }
  })
}

/** One operation of a client, as its status shows it. */
export interface ClientOperationView {
  readonly name: string
  readonly status: 'active' | 'quarantined' | 'inactive'
  readonly reason: string | null
  readonly changedAt: Date | null
  /** The definition that is offered. */
  readonly spec: OperationSpec
  /** The changed one that waits to be accepted, and its hash. */
  readonly held: OperationSpec | null
  readonly heldHash: string | null
}

/** The operations of a client by name, after `after`. */
export function listClientOperations(
  db: Db,
  clientId: string,
  page: { readonly after?: string; readonly limit: number; readonly heldOnly?: boolean },
): Promise<ClientOperationView[]> {
  return coded(async () => {
    const rows = await db
      .select({ registration: operationRegistrations, operation: operations })
      .from(operationRegistrations)
      .innerJoin(operations, eq(operations.id, operationRegistrations.operationId))
      .where(
        and(
          ofClient(clientId),
          page.after === undefined
            ? undefined
            : sql`${operationRegistrations.preRemapName} > ${page.after}`,
          page.heldOnly === true ? sql`${operationRegistrations.held} is not null` : undefined,
        ),
      )
      .orderBy(asc(operationRegistrations.preRemapName))
      .limit(page.limit)
    return rows.map(({ registration, operation }) => ({
      name: registration.preRemapName,
      status: registration.status,
      reason: registration.reason,
      changedAt: registration.changedAt,
      held: registration.held,
      heldHash: registration.held === null ? null : registration.schemaHash,
      spec: specOf(operation, registration.preRemapNamespace, registration.preRemapName),
    }))
  })
}

/** How many operations of each client are active, and how many definitions wait to be accepted, by client id. */
export function countClientOperations(
  db: Db,
  clientIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly active: number; readonly held: number }>> {
  return coded(async () => {
    const rows = await db
      .select({
        clientId: operationRegistrations.providerId,
        active: sql<number>`count(*) filter (where ${operationRegistrations.status} = 'active')::integer`,
        held: sql<number>`count(${operationRegistrations.held})::integer`,
      })
      .from(operationRegistrations)
      .where(
        and(
          eq(operationRegistrations.providerType, 'client'),
          sql`${operationRegistrations.providerId} = any(${sql.param(clientIds)}::text[])`,
        ),
      )
      .groupBy(operationRegistrations.providerId)
    return new Map(rows.map(({ clientId, active, held }) => [clientId, { active, held }]))
  })
}

/** Is there a spoke that offers operations in this namespace? A client of that name would hide its pool. */
export function isOfferedNamespace(db: Db, namespace: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db
      .select({ id: operationRegistrations.id })
      .from(operationRegistrations)
      .where(
        and(
          eq(operationRegistrations.providerType, 'spoke'),
          eq(operationRegistrations.preRemapNamespace, namespace),
        ),
      )
      .limit(1)
    return rows.length > 0
  })
}

/** The registrations of a client. */
export function ofClient(clientId: string) {
  return and(
    eq(operationRegistrations.providerType, 'client'),
    eq(operationRegistrations.providerId, clientId),
  )
}
