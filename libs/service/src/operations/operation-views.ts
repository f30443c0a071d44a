import { isDeparted, isUnavailable } from '@alkdev/bus'
import type { DirectoryEntry } from '@alkdev/bus'
import type { OperationDescription, OperationSummary } from '@alkdev/contracts'
import { sha256Hex } from '@alkdev/crypto'
import type { OperationSpec } from '@alkdev/operations'
import { canonicalJson } from '@alkdev/std'

const hashes = new WeakMap<OperationSpec, string>()

/** SHA-256 over the canonical JSON of input and output schema: a caller that kept it can detect a change of the schemas. */
export function specHash(spec: OperationSpec): string {
  let hash = hashes.get(spec)
  if (hash === undefined) {
    hash = sha256Hex(canonicalJson([spec.inputSchema, spec.outputSchema]))
    hashes.set(spec, hash)
  }
  return hash
}

/** An operation as lists show it. */
export function operationSummary(entry: DirectoryEntry): OperationSummary {
  const { operationId, spec } = entry
  return {
    operationId,
    type: spec.type,
    ...(spec.title !== undefined && { title: spec.title }),
    description: spec.description,
    tags: [...(spec.tags ?? [])],
    ...(spec.hints !== undefined && { hints: spec.hints }),
    ...(isDeparted(entry) && { departed: true as const }),
    ...(isUnavailable(entry) && { unavailable: true as const }),
  }
}

/** The full description of an operation. `instances`: the number of processes that execute it, for operations of the hub. */
export function operationDescription(
  entry: DirectoryEntry,
  instances: (service: NonNullable<DirectoryEntry['service']>) => number,
): OperationDescription {
  const { operationId, spec, kind, service, providers } = entry
  const active = providers.filter(({ status }) => status === 'active').length
  return {
    ...(spec as unknown as OperationDescription),
    operationId,
    kind,
    schemaHash: specHash(spec),
    providers: providers.map(({ spokeName, status, reason }) => ({
      spoke: spokeName,
      status,
      ...(reason !== undefined && { reason }),
    })),
    providerCount: service === undefined ? active : instances(service),
  }
}
