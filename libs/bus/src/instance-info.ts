import type { ServiceName } from '@alkdev/contracts'

/** What every instance tells of itself in its lease (2.5 s, renewed each 0.5 s). */
export interface InstanceInfo {
  readonly instanceId: string
  readonly service: ServiceName
  /** Base URL other services reach its HTTP port at, for the gateway's forwarding. */
  readonly url: string
  readonly draining: boolean
  /** Calls now running here. */
  readonly load: number
  readonly startedAt: number
  /** Versions of the keys with which it opens sealed values, the one that it seals with first. Absent: it has no key ring. */
  readonly keyVersions?: readonly number[]
}
