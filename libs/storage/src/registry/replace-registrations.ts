import type { OperationSpec } from '@alkdev/operations'
import { CodedError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'
import { eq, sql } from 'drizzle-orm'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { SpokeStatus } from '../schema/spokes/families.ts'
import type { RegistrationStatus } from '../schema/spokes/families.ts'
import { spokes } from '../schema/spokes/spokes.ts'
import { upsertDefinitions } from './operation-spec-row.ts'

export interface Registration {
  /** The hub's pinned id: `namespace.name` after remapping. */
  readonly operationId: string
  /** After remapping, for instance `dev.laptop.fs`. */
  readonly namespace: string
  readonly name: string
  readonly preRemapNamespace: string
  readonly preRemapName: string
  readonly spec: OperationSpec
  readonly status: RegistrationStatus
  readonly reason?: string
}

export interface ReplaceRegistrations {
  readonly spokeId: string
  readonly epoch: number
  readonly operations: readonly Registration[]
}

/**
 * Replaces the offered operations of the spoke by the given set, in one transaction, and returns the number of the
 * registry change. Definitions of removed operations stay. Throws CONFLICT when the spoke has a newer attachment or none.
 */
export function replaceRegistrations(db: Db, request: ReplaceRegistrations): Promise<number> {
  const { spokeId, epoch, operations } = request
  return inTransaction(db, async (tx) => {
    await requireEpoch(tx, spokeId, epoch)
    return writeRegistrations(tx, spokeId, operations)
  })
}

/** The same for a caller whose transaction holds the row of the spoke with its current epoch. */
export async function writeRegistrations(
  tx: Db,
  spokeId: string,
  operations: readonly Registration[],
): Promise<number> {
  await upsertDefinitions(tx, operations)
  const records = operations.map((operation) => ({
    id: uuidv7(),
    namespace: operation.namespace,
    name: operation.name,
    status: operation.status,
    reason: operation.reason,
    pre_remap_namespace: operation.preRemapNamespace,
    pre_remap_name: operation.preRemapName,
  }))
  await tx.execute(sql`
      with wanted as (
        select o.id as operation_id, w.*
        from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as w (id text, namespace text, name text,
          status registration_status, reason text, pre_remap_namespace text, pre_remap_name text)
        join operations o on o.namespace = w.namespace and o.name = w.name
      ), removed as (
        delete from operation_registrations r
        where r.provider_type = 'spoke' and r.provider_id = ${spokeId}
          and not exists (select from wanted where wanted.operation_id = r.operation_id)
      )
      insert into operation_registrations as r
        (id, operation_id, provider_type, provider_id, status, reason, pre_remap_namespace, pre_remap_name)
      select id, operation_id, 'spoke', ${spokeId}, status, reason, pre_remap_namespace, pre_remap_name from wanted
      on conflict (provider_type, provider_id, operation_id) do update set status = excluded.status,
        reason = excluded.reason, pre_remap_namespace = excluded.pre_remap_namespace,
        pre_remap_name = excluded.pre_remap_name, registered_at = now(), updated_at = now()`)
  return appendRegistryChange(tx, 'spoke', [spokeId])
}

async function requireEpoch(tx: Db, spokeId: string, epoch: number): Promise<void> {
  const [spoke] = await tx
    .select({ epoch: spokes.epoch, status: spokes.status })
    .from(spokes)
    .where(eq(spokes.id, spokeId))
    .for('no key update')
  if (spoke?.epoch === epoch && spoke.status !== SpokeStatus.DISCONNECTED) return
  throw new CodedError('CONFLICT', 'The spoke has attached again, or is no longer attached.', {
    details: { reason: 'stale-epoch' },
  })
}
