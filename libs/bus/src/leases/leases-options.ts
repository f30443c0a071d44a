import type { ServiceName } from '@alkdev/contracts'
import type { Counters } from '../counters.ts'
import type { BusLimits, BusLogger } from '../options.ts'
import type { Transport } from '../transport/transport.ts'
import type { LeaseTable } from './lease-table.ts'

/** The dependencies and callbacks of the leases of an instance. */
export interface LeasesOptions {
  readonly table: LeaseTable
  readonly transport: Transport
  readonly limits: BusLimits
  readonly counters: Counters
  readonly logger: BusLogger
  readonly service: ServiceName
  readonly url: string
  readonly keyVersions: readonly number[] | undefined
  load(): number
  /** Called with each renewal that is due. */
  ping(instanceId: string): void
  /** After each reading of the leases. */
  onSeen(): void
  onRejoined(instanceId: string, formerId: string): void
  /** The connection used for renewals does not answer: it should be replaced. */
  onStuck(): void
}
