import type { HostInfo, RegisteredOperation } from '@alkdev/contracts'
import type { SpokeOperation } from './define.ts'
import type { SpokeTracer } from './tracing.ts'
import type { OpenSocket } from './wire/frame-socket.ts'

export type LogLevel = 'info' | 'warn' | 'error'

export interface ConnectionOptions {
  /** The hub: `http://host:3000`, `ws://host:3001` or the whole `wss://host/ws`. */
  readonly hub: string
  /** API key. A spoke needs the scope `spokes:attach`. */
  readonly key: string
  /** How the socket is opened; default: the `ws` package, or in a browser its WebSocket. */
  readonly openSocket?: OpenSocket
}

export interface SpokeOptions extends ConnectionOptions {
  /** `^[a-z0-9][a-z0-9-]{0,62}$`. It belongs to the account that attaches it first. */
  readonly name: string
  readonly operations: readonly SpokeOperation[]
  /** Default `client`. */
  readonly spokeType?: 'dev-env' | 'client' | 'compute'
  readonly projectId?: string
  readonly version?: string
  readonly hostInfo?: HostInfo
  /** Maximum concurrent calls, 1 to 256; the hub queues the others. Default: 256. */
  readonly capacity?: number
  /**
   * Where the socket and its heartbeat run. `worker` (default): in a thread that all spokes of the process share, so that a handler that
   * blocks the main thread does not make the hub close the connection. `main`: on the main thread, with slightly less delay and without a
   * thread.
   */
  readonly thread?: 'worker' | 'main'
  /** Continues the traces of calls in this process. `openTelemetryTracer` makes one on `@opentelemetry/api`. Default: none. */
  readonly tracer?: SpokeTracer
  /** Called after each attach, the first and every later one. */
  readonly onAttached?: (attached: Attached) => void
  /** Called after each loss, with the milliseconds until the next attempt. */
  readonly onReconnecting?: (reason: string, delayMs: number) => void
  /** Receives messages for the author or operator. Default: errors go to the console. */
  readonly onLog?: (level: LogLevel, message: string, error?: unknown) => void
}

export interface Attached {
  readonly spokeId: string
  /** The hub's name of each operation, and which ones are quarantined. */
  readonly operations: readonly RegisteredOperation[]
}
