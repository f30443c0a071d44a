import type { Identity } from '@alkdev/operations'
import type { SpokeOperation } from '../define.ts'
import type { OpenSocket } from '../wire/frame-socket.ts'

export interface TestHubOptions {
  /** What the hub offers beside its spokes' operations, made with `query`, `mutation` and `subscription`. */
  readonly operations?: readonly SpokeOperation[]
  /** Keys that are let in. Default: every one. */
  readonly keys?: readonly string[]
  readonly heartbeatMs?: number
  /** How long a resumable call waits for its spoke to come back; 15 s. */
  readonly resumeMs?: number
  readonly maxPayloadBytes?: number
}

export interface TestCallOptions {
  /** The caller. Default: an account with every scope. */
  readonly identity?: Identity
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly idempotencyKey?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** What `attachSpoke` and `HubConnection.open` need. */
export interface TestConnection {
  readonly hub: string
  readonly key: string
  readonly openSocket: OpenSocket
}
