import type { ServiceName } from '@alkdev/contracts'

/** The contents of an instance's lease (2.5 s, renewed each 0.5 s). */
export interface InstanceInfo {
  readonly instanceId: string
  readonly service: ServiceName
  /** Base URL other services reach its HTTP port at, for the gateway's forwarding. */
  readonly url: string
  readonly draining: boolean
  /** Calls now running here. */
  readonly load: number
  readonly startedAt: number
  /** Key versions that it can decrypt with; the first is used to encrypt. Absent: it has no key ring. */
  readonly keyVersions?: readonly number[]
}
