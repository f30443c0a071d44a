import type { OperationSpec } from '@alkdev/operations'
import type { SpokeType } from '@alkdev/contracts'
import type { RegistrationStatus, SpokeStatus } from '../schema/spokes/families.ts'

/** What of the registry lies in Postgres. The bus keeps it in memory. */
export interface RegistrySnapshot {
  /** Number of a registry change; the snapshot holds that one and all before it. */
  readonly change: number
  readonly spokes: readonly RegistrySpoke[]
}

export interface RegistrySpoke {
  readonly spokeId: string
  readonly name: string
  readonly spokeType: SpokeType
  readonly ownerId: string
  /** Organization of its project. */
  readonly orgId?: string
  readonly status: SpokeStatus
  readonly instanceId?: string
  readonly epoch: number
  readonly operations: readonly RegistryOperation[]
}

export interface RegistryOperation {
  /** The hub's pinned id, `<kind>.<spoke>.<namespace>.<name>`. */
  readonly operationId: string
  /** The spoke's own `namespace.name`. */
  readonly name: string
  readonly spec: OperationSpec
  readonly status: RegistrationStatus
  readonly reason?: string
  /** When the spoke first offered it under its project, in milliseconds since the epoch by the clock of the database. */
  readonly offeredAtMs: number
}
