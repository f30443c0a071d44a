import type { RegistryOperation, RegistrySpoke } from '@alkdev/contracts'
import { operationRegistrations } from '../schema/spokes/operation-registrations.ts'
import { operations } from '../schema/spokes/operations.ts'
import { specOf } from './operation-spec-row.ts'

/** What a query selects of each operation of a provider; joined from the left, so both can be null. */
export const REGISTERED_OPERATION = {
  registration: {
    status: operationRegistrations.status,
    reason: operationRegistrations.reason,
    createdAt: operationRegistrations.createdAt,
    preRemapNamespace: operationRegistrations.preRemapNamespace,
    preRemapName: operationRegistrations.preRemapName,
  },
  operation: operations,
}

interface RegisteredRow {
  readonly spokeId: string
  readonly registration: Pick<
    typeof operationRegistrations.$inferSelect,
    keyof (typeof REGISTERED_OPERATION)['registration']
  > | null
  readonly operation: typeof operations.$inferSelect | null
}

/** One entry for each provider, made of its first row, with the operations of all its rows. */
export function groupByProvider<T extends RegisteredRow>(
  rows: readonly T[],
  providerOf: (row: T) => Omit<RegistrySpoke, 'operations'>,
): RegistrySpoke[] {
  const byId = new Map<string, RegistrySpoke & { readonly operations: RegistryOperation[] }>()
  for (const row of rows) {
    let provider = byId.get(row.spokeId)
    if (provider === undefined) {
      provider = { ...providerOf(row), operations: [] }
      byId.set(row.spokeId, provider)
    }
    const { registration, operation } = row
    if (registration === null || operation === null) continue
    const { preRemapNamespace, preRemapName, reason, status, createdAt } = registration
    provider.operations.push({
      operationId: `${operation.namespace}.${operation.name}`,
      name: `${preRemapNamespace}.${preRemapName}`,
      spec: specOf(operation, preRemapNamespace, preRemapName),
      status,
      offeredAtMs: createdAt.getTime(),
      ...(reason !== null && { reason }),
    })
  }
  return [...byId.values()]
}
