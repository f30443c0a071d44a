import type { Tracer } from '@alkdev/contracts'
import type { Connection } from '../connection/connection.ts'
import type { BrokerEvents, SpokeInfo } from '../events.ts'
import type { OfferedSet } from '../registration/offered-set.ts'
import type { SchemaChecks } from '../schemas/schema-checks.ts'

export interface SpokeLimits {
  readonly maxInFlight: number
  readonly maxQueued: number
  readonly maxPayloadBytes: number
  /** Bytes waiting on the socket beyond which a call is refused. */
  readonly maxBufferedBytes: number
}

export interface AttachedSpokeOptions {
  readonly info: SpokeInfo
  readonly connection: Connection
  /** Proves that a later attach is a reconnect of this one. */
  readonly sessionToken: string
  readonly projectId: string | undefined
  readonly capacity: number | undefined
  readonly offered: OfferedSet
  readonly schemas: SchemaChecks
  readonly limits: SpokeLimits
  readonly events: BrokerEvents
  /** Where traces are on. */
  readonly tracer?: Tracer | undefined
  /** Is the key of the spoke still valid? Undefined when that is known; rejects when it is not, or when it can't be checked. */
  confirm?(): Promise<void> | undefined
}
