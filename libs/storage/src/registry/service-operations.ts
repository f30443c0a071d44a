import type { OperationSpec } from '@alkdev/operations'
import { appendRegistryChange } from '../changes/append-change.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { upsertDefinitions } from './operation-spec-row.ts'

/**
 * Stores the definitions of the hub's operations, so that the call log can refer to them. Returns the number of the
 * registry change, or undefined when nothing has changed.
 */
export function upsertServiceOperations(
  db: Db,
  operations: readonly { readonly spec: OperationSpec; readonly service: string }[],
): Promise<number | undefined> {
  return inTransaction(db, async (tx) => {
    const changed = await upsertDefinitions(
      tx,
      operations.map(({ spec, service }) => ({
        namespace: spec.namespace,
        name: spec.name,
        spec,
        service,
      })),
    )
    if (changed === 0) return undefined
    const services = [...new Set(operations.map(({ service }) => service))]
    return appendRegistryChange(tx, 'service', services)
  })
}
