import type { OperationSpec } from '@alkdev/operations'
import { canonicalJson, uuidv7 } from '@alkdev/std'
import { and, eq, sql } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { specOf, upsertDefinitions } from '../registry/operation-spec-row.ts'
import { clientConnections } from '../schema/services/client-connections.ts'
import type { RefusedTool } from '../schema/services/client-connections.ts'
import { operationRegistrations } from '../schema/spokes/operation-registrations.ts'
import { operations } from '../schema/spokes/operations.ts'
import type { HeldClient } from './client-connections.ts'
import { ofClient } from './client-registrations.ts'

/** Different names that one client may have offered over time: definitions are kept, because the call log refers to them. */
export const MAX_CLIENT_OPERATIONS = 5000

export interface OfferedOperation {
  readonly spec: OperationSpec
  /** Of its description, schemas and hints. */
  readonly hash: string
}

export interface ReplaceClientOperations extends HeldClient {
  /** The client's name: the namespace of its operations at the hub. */
  readonly name: string
  readonly operations: readonly OfferedOperation[]
  /** Changed and new definitions wait until they are accepted. Those of the first list are accepted. */
  readonly pinned: boolean
  readonly offered: number
  readonly refused: readonly RefusedTool[]
}

/** The names of operations, by what happened to them. */
export interface ClientOperationsChange {
  /** Number of the registry change; absent when nothing has changed. */
  readonly change?: number
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  readonly held: readonly string[]
}

const GONE = 'The outside service no longer offers it.'
const NEW = 'The outside service offers it since the others were accepted; it waits to be accepted.'

interface Known {
  readonly name: string
  readonly status: string
  readonly schemaHash: string | null
  readonly acceptedHash: string | null
  readonly isHeld: boolean
  readonly spec: OperationSpec
}

interface Wanted {
  readonly name: string
  readonly spec: OperationSpec
  readonly status: 'active' | 'inactive'
  readonly reason: string | null
  readonly schemaHash: string
  readonly acceptedHash: string | null
  readonly held: OperationSpec | null
}

/**
 * Replaces the operations of a client by what its service offers now, in one transaction. Operations that are no longer offered become
 * inactive. Undefined when another process has taken the connection over.
 */
export function replaceClientOperations(
  db: Db,
  request: ReplaceClientOperations,
): Promise<ClientOperationsChange | undefined> {
  const { clientId, epoch, name, pinned, offered } = request
  return inTransaction(db, async (tx) => {
    if (!(await lockHeld(tx, { clientId, epoch }))) return undefined
    const known = new Map((await readKnown(tx, clientId)).map((one) => [one.name, one]))
    const trusted = [...known.values()].some(({ acceptedHash }) => acceptedHash !== null)
    const refused = [...request.refused]
    const wanted: Wanted[] = []
    let names = known.size
    for (const operation of request.operations) {
      const before = known.get(operation.spec.name)
      if (before === undefined && names++ >= MAX_CLIENT_OPERATIONS) {
        const reason = `The service has offered more than ${MAX_CLIENT_OPERATIONS} different names.`
        refused.push({ name: operation.spec.name, reason })
      } else wanted.push(decide(operation, before, pinned && trusted))
    }
    await tx
      .update(clientConnections)
      .set({ offered, refused: refused.slice(0, 100), checkedAt: sql`now()`, lastError: null })
      .where(eq(clientConnections.clientId, clientId))
    const offeredNow = new Set(wanted.map((one) => one.name))
    const gone = [...known.values()].filter(
      (one) => !offeredNow.has(one.name) && (one.status !== 'inactive' || one.isHeld),
    )
    const news = wanted.filter((one) => !isSame(one, known.get(one.name)))
    const result = {
      added: news.filter((one) => !known.has(one.name)).map((one) => one.name),
      changed: news.filter((one) => known.has(one.name)).map((one) => one.name),
      removed: gone.map((one) => one.name),
      held: wanted.filter((one) => one.held !== null).map((one) => one.name),
    }
    if (news.length === 0 && gone.length === 0) return result
    await upsertDefinitions(
      tx,
      news.map((one) => ({ namespace: name, name: one.name, spec: one.spec })),
    )
    await writeRegistrations(tx, clientId, name, news)
    await retire(tx, clientId, result.removed)
    return { ...result, change: await appendRegistryChange(tx, 'client', [clientId]) }
  })
}

function decide(
  { spec, hash }: OfferedOperation,
  before: Known | undefined,
  holds: boolean,
): Wanted {
  const { name } = spec
  const plain = { name, spec, schemaHash: hash }
  if (!holds || before?.acceptedHash === hash)
    return { ...plain, status: 'active', reason: null, acceptedHash: hash, held: null }
  if (before === undefined || before.acceptedHash === null)
    return { ...plain, status: 'inactive', reason: NEW, acceptedHash: null, held: spec }
  // The accepted definition stays, under the access control of now.
  const kept = { ...before.spec, accessControl: spec.accessControl }
  const { acceptedHash } = before
  return { ...plain, spec: kept, status: 'active', reason: null, acceptedHash, held: spec }
}

function isSame(one: Wanted, before: Known | undefined): boolean {
  return (
    before !== undefined &&
    before.status === one.status &&
    before.schemaHash === one.schemaHash &&
    before.acceptedHash === one.acceptedHash &&
    before.isHeld === (one.held !== null) &&
    canonicalJson(before.spec.accessControl) === canonicalJson(one.spec.accessControl) &&
    before.spec.retry === one.spec.retry
  )
}

async function lockHeld(tx: Db, { clientId, epoch }: HeldClient): Promise<boolean> {
  const [row] = await tx
    .select({ epoch: clientConnections.epoch })
    .from(clientConnections)
    .where(eq(clientConnections.clientId, clientId))
    .for('update')
  return row?.epoch === epoch
}

async function readKnown(tx: Db, clientId: string): Promise<Known[]> {
  const rows = await tx
    .select({ registration: operationRegistrations, operation: operations })
    .from(operationRegistrations)
    .innerJoin(operations, eq(operations.id, operationRegistrations.operationId))
    .where(ofClient(clientId))
  return rows.map(({ registration, operation }) => ({
    name: registration.preRemapName,
    status: registration.status,
    schemaHash: registration.schemaHash,
    acceptedHash: registration.acceptedHash,
    isHeld: registration.held !== null,
    spec: specOf(operation, registration.preRemapNamespace, registration.preRemapName),
  }))
}

async function writeRegistrations(
  tx: Db,
  clientId: string,
  clientName: string,
  wanted: readonly Wanted[],
): Promise<void> {
  if (wanted.length === 0) return
  const records = wanted.map((one) => ({
    id: uuidv7(),
    name: one.name,
    status: one.status,
    reason: one.reason,
    namespace: one.spec.namespace,
    schema_hash: one.schemaHash,
    accepted_hash: one.acceptedHash,
    held: one.held,
  }))
  await tx.execute(sql`
    with wanted as (
      select o.id as operation_id, w.*
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as w (id text, name text, status registration_status,
        reason text, namespace text, schema_hash text, accepted_hash text, held jsonb)
      join operations o on o.namespace = ${clientName} and o.name = w.name
    )
    insert into operation_registrations as r (id, operation_id, provider_type, provider_id, status, reason,
      pre_remap_namespace, pre_remap_name, schema_hash, accepted_hash, held)
    select id, operation_id, 'client', ${clientId}, status, reason, namespace, name, schema_hash, accepted_hash,
      nullif(held, 'null'::jsonb)
    from wanted
    on conflict (provider_type, provider_id, operation_id) do update set status = excluded.status,
      reason = excluded.reason, pre_remap_namespace = excluded.pre_remap_namespace,
      schema_hash = excluded.schema_hash, accepted_hash = excluded.accepted_hash, held = excluded.held,
      changed_at = case when r.schema_hash is distinct from excluded.schema_hash then now() else r.changed_at end,
      registered_at = now(), updated_at = now()`)
}

async function retire(tx: Db, clientId: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await tx
    .update(operationRegistrations)
    .set({ status: 'inactive', reason: GONE, held: null })
    .where(
      and(
        ofClient(clientId),
        sql`${operationRegistrations.preRemapName} = any(${sql.param(names)}::text[])`,
      ),
    )
}
