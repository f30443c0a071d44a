import type { HostInfo, RegisteredOperation } from '@alkdev/contracts'
import type { SpokeOperation } from './define.ts'
import type { OpenSocket } from './frame-socket.ts'

export type LogLevel = 'info' | 'warn' | 'error'

export interface ConnectionOptions {
  /** The hub: `http://host:3000`, `ws://host:3001` or the whole `wss://host/ws`. */
  readonly hub: string
  /** API key. A spoke needs the scope `spokes:attach`. */
  readonly key: string
  /** For what an operator should hear; default: nothing is said. */
  readonly onLog?: (level: LogLevel, message: string, error?: unknown) => void
  /** How the socket is opened; default: the `ws` package. */
  readonly openSocket?: OpenSocket
}

export interface SpokeOptions extends ConnectionOptions {
  /** `^[a-z0-9][a-z0-9-]{0,62}$`. It belongs to the account that attaches it first. */
  readonly name: string
  /** Default `client`. */
  readonly spokeType?: 'dev-env' | 'client' | 'compute'
  readonly projectId?: string
  readonly version?: string
  readonly hostInfo?: HostInfo
  /** Calls worked on at a time; the hub queues the others. */
  readonly capacity?: number
  readonly operations: readonly SpokeOperation[]
  /** After each attach, the first and every later one. */
  readonly onAttached?: (attached: Attached) => void
  /** After each loss, with the delay until the next try. */
  readonly onReconnecting?: (reason: string, delayMs: number) => void
}

export interface Attached {
  readonly spokeId: string
  readonly operations: readonly RegisteredOperation[]
}

/** The socket URL of a hub URL: `http` becomes `ws`, and `/ws` is added where no path is given. */
export function socketUrl(hub: string): string {
  const url = new URL(hub)
  url.protocol = url.protocol.replace('http', 'ws')
  if (url.pathname === '/' || url.pathname === '') url.pathname = '/ws'
  return url.href
}
