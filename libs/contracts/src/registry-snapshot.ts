import type { OperationSpec } from '@alkdev/operations'
import type { SpokeType } from './names.ts'

/** What of the registry lies in Postgres. Every bus keeps it in memory. */
export interface RegistrySnapshot {
  /** Number of the newest registry change that the snapshot contains; it contains all before that one. */
  readonly change: number
  readonly spokes: readonly RegistrySpoke[]
}

/** A spoke, or an outside service (`providerType`) whose connection a process of the mcp service holds. */
export interface RegistrySpoke {
  /** Absent: a spoke. */
  readonly providerType?: 'client'
  readonly spokeId: string
  readonly name: string
  readonly spokeType: SpokeType
  readonly ownerId: string
  /** Organization of its project; of an outside service its own. */
  readonly orgId?: string
  readonly status: 'connected' | 'suspended' | 'disconnected'
  readonly instanceId?: string
  readonly epoch: number
  readonly operations: readonly RegistryOperation[]
}

export interface RegistryOperation {
  /** The hub's pinned id, `<kind>.<spoke>.<namespace>.<name>`; of an outside service `<client>.<name>`. */
  readonly operationId: string
  /** The spoke's own `namespace.name`, which is also the pool's id. */
  readonly name: string
  readonly spec: OperationSpec
  readonly status: 'active' | 'quarantined' | 'inactive'
  readonly reason?: string
  /**
   * When the spoke first offered it under its project, in milliseconds since the epoch by the clock of the database: the first owner decides
   * what a pool of several owners promises.
   */
  readonly offeredAtMs?: number
}
