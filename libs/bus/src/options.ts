import { DEFAULT_LIMITS } from '@alkdev/contracts'
import type { CallRecord, ServiceName, ServiceOperation, Tracer } from '@alkdev/contracts'
import type { RedisAddress } from '@alkdev/redis'
import type { RegistrySource } from './registry-source.ts'

/** The part of a logger that the bus uses; pino's has it. */
export interface BusLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface BusLimits {
  /** Milliseconds of a call without a time limit of its own. */
  readonly callTimeoutMs: number
  /** Maximum milliseconds of any call. */
  readonly maxCallTimeoutMs: number
  readonly subscriptionIdleTimeoutMs: number
  /** Levels of nested calls. */
  readonly maxCallDepth: number
  /** Bytes of an input or an output as JSON. */
  readonly maxPayloadBytes: number
  /** Bytes above which a message travels as a Redis key. */
  readonly maxMessageBytes: number
  /** Stream items that a producer may send before the first credit, and beyond what was read. */
  readonly initialCredits: number
  /** Maximum pending calls of this instance; beyond it callers get OVERLOADED. */
  readonly maxPending: number
  /** Maximum calls of other instances that run here; beyond it they are refused with OVERLOADED. */
  readonly maxProvided: number
  /** Bytes of their requests. */
  readonly maxProvidedBytes: number
  /** Maximum providers tried for one call. */
  readonly maxAttempts: number
  /** Answers kept until their callers confirm them: number and bytes. */
  readonly maxRemembered: number
  readonly maxRememberedBytes: number
  /** Answers of calls with `orphan: "finish"` that their callers have received, kept for `collect`: number and bytes. */
  readonly maxKept: number
  readonly maxKeptBytes: number
  readonly leaseMs: number
  readonly renewMs: number
  /** Milliseconds of the monotonic clock without a renewal after which a process takes no calls. */
  readonly fenceMs: number
  /** Milliseconds that others have to renew their lease after this process got Redis back. */
  readonly graceMs: number
  readonly checkMs: number
  /** How long a `keyed` or resumable call waits for its spoke to return. */
  readonly suspendedMs: number
  readonly registryReloadMs: number
  /** Hub events kept in the stream (about). */
  readonly maxEvents: number
}

export const DEFAULT_BUS_LIMITS: BusLimits = {
  callTimeoutMs: DEFAULT_LIMITS.callTimeoutMs,
  maxCallTimeoutMs: DEFAULT_LIMITS.maxCallTimeoutMs,
  subscriptionIdleTimeoutMs: DEFAULT_LIMITS.subscriptionIdleTimeoutMs,
  maxCallDepth: DEFAULT_LIMITS.maxCallDepth,
  maxPayloadBytes: DEFAULT_LIMITS.maxPayloadBytes,
  maxMessageBytes: 64 * 1024,
  initialCredits: DEFAULT_LIMITS.initialCredits,
  maxPending: 20_000,
  maxProvided: 10_000,
  maxProvidedBytes: 256 * 1024 * 1024,
  maxAttempts: 16,
  maxRemembered: 200_000,
  maxRememberedBytes: 64 * 1024 * 1024,
  maxKept: 20_000,
  maxKeptBytes: 32 * 1024 * 1024,
  leaseMs: 2500,
  renewMs: 500,
  fenceMs: 2000,
  graceMs: 3000,
  checkMs: 1000,
  suspendedMs: DEFAULT_LIMITS.suspendedMs,
  registryReloadMs: 30_000,
  maxEvents: 10_000,
}

export interface BusOptions {
  readonly redis: RedisAddress
  /** Separates deployments that share a Redis; part of every key and channel. */
  readonly prefix: string
  /** Base64 of 32 bytes. With several the first signs and all are accepted, so that a key can be changed without a gap. */
  readonly busKey: string | readonly string[]
  readonly service: ServiceName
  /** Key versions of the process for its lease, see `InstanceInfo.keyVersions`. */
  readonly keyVersions?: readonly number[]
  /** Base URL at which the other services reach this process. */
  readonly instanceUrl: string
  /** The hub's own operations and the services that execute them. */
  readonly contracts: readonly ServiceOperation[]
  readonly source: RegistrySource
  /** Called with the record of every call that was started here, when it has ended. Awaited only for operations with `record: "before-reply"`. */
  onCallEnded(record: CallRecord): void | Promise<void>
  /** This process lost its lease and has a new instance id: everything announced under the old one must be announced again. */
  onRejoined?(instanceId: string, formerId: string): void
  readonly logger?: BusLogger
  /** Records a span for each call that starts here, and for each that another process runs here. Absent where traces are off. */
  readonly tracer?: Tracer
  /** Milliseconds since the epoch, for records. */
  readonly now?: () => number
  readonly limits?: Partial<BusLimits>
}

const quiet = (): void => undefined
export const SILENT_LOGGER: BusLogger = { debug: quiet, info: quiet, warn: quiet, error: quiet }
