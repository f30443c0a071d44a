import type { Identity } from '@alkdev/operations'
import type { SpokeOperation } from '../define.ts'
import type { OpenSocket } from '../wire/frame-socket.ts'

export interface TestHubOptions {
  /** Operations of the hub, in addition to those of its spokes, made with `query`, `mutation` and `subscription`. */
  readonly operations?: readonly SpokeOperation[]
  /** Accepted keys. Default: every key. */
  readonly keys?: readonly string[]
  readonly heartbeatMs?: number
  /** Milliseconds that a resumable call waits for its spoke to return. Default 15 s. */
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

/** The connection options of `attachSpoke` and `HubConnection.open`. */
export interface TestConnection {
  readonly hub: string
  readonly key: string
  readonly openSocket: OpenSocket
}
