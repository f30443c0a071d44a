import type { Bus } from '@alkdev/bus'
import type { ServiceName } from '@alkdev/contracts'
import type { HubConfig, ServiceConfig } from '@alkdev/config'
import type { KeyedHash } from '@alkdev/crypto'
import type { HttpApp } from '@alkdev/http'
import type { Db } from '@alkdev/storage'
import type { Redis } from 'ioredis'
import type { ApiKeyManager } from 'keypal'
import type { DestinationStream, Logger } from 'pino'
import type { CallRecorder } from '../audit/call-recorder.ts'
import type { KeyAuthenticator } from '../identity/key-authenticator.ts'
import type { IdentityWatcher } from '../identity/identity-watcher.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { StartSteps } from './start-steps.ts'

type Work = (signal: AbortSignal) => void | Promise<void>

/** The sections that every service has. */
export type CommonConfig = Pick<
  HubConfig,
  | 'logging'
  | 'http'
  | 'postgres'
  | 'redis'
  | 'bus'
  | 'spokes'
  | 'retention'
  | 'limits'
  | 'telemetry'
>

/** What a service is given to build itself with. Everything is open, and closed by `startService`. */
export interface ServiceRuntime<S extends ServiceName = ServiceName> {
  readonly name: S
  readonly config: ServiceConfig<S>
  readonly logger: Logger
  readonly metrics: Metrics
  readonly db: Db
  /** A connection for commands of the service's own; for blocking ones take a `duplicate()`. */
  readonly redis: Redis
  /** Not started yet while the service is built: register operations, do not call. */
  readonly bus: Bus
  /** Not listening yet while the service is built: register routes. Until the start is done they answer UNAVAILABLE. */
  readonly app: HttpApp
  readonly keys: ApiKeyManager
  readonly authenticator: KeyAuthenticator
  /** What runs for whom here. Whatever outlives the check of its key is watched, and ended with the key. */
  readonly live: IdentityWatcher
  /** For the inputs of calls with an idempotency key (`callOnce`). */
  readonly inputHash: KeyedHash
  /** Base URL at which the other services reach this process. */
  readonly url: string
  /** Aborted when draining begins: take on nothing that can wait for another process. */
  readonly draining: AbortSignal
  /** Aborted when the drain budget is over, or nothing is left: what still runs ends now. */
  readonly signal: AbortSignal
  /** Runs once the process is subscribed, has its lease and takes calls; a failure fails the start. */
  onReady(what: string, work: Work): void
  /** Runs when draining begins; its signal aborts at the end of the drain budget. All of them run at the same time. */
  onDrain(what: string, work: Work): void
  /** Runs when the process closes, the last one registered first, with HTTP closed and the bus still open. */
  onClose(what: string, work: Work): void
  /** The bus took a new instance id after it was unsure of its lease: announce again what lies here. */
  onRejoined(listener: (instanceId: string, formerId: string) => void): void
  /** A key, account or membership has changed; what outlives a request must be checked again (`authenticator.recheck`). */
  onIdentityChange(listener: (change: IdentityChangeNotice) => void): void
}

/** What changed. Without `subjectIds` anything may have. */
export interface IdentityChangeNotice {
  readonly kind: string
  readonly subjectIds?: readonly string[]
}

/** What a test, or `main`, may give instead of the usual. */
export interface StartOverrides {
  /** Steps that ran before the config was there. */
  readonly steps?: StartSteps
  /** Where the log goes. Default: standard output. */
  readonly logDestination?: DestinationStream
  /** Receives the ended calls instead of PostgreSQL. A bench measures with it what recording costs. */
  readonly recorder?: CallRecorder
}

/** A service that runs. Disposing it drains and closes it. */
export interface RunningService extends AsyncDisposable {
  readonly name: ServiceName
  readonly instanceId: string
  /** Base URL of its HTTP port, as reached from this machine. */
  readonly url: string
  isReady(): boolean
  readonly logger: Logger
  /** Drains within the budget of the config (or the one given, in milliseconds), closes, resolves when all is closed. */
  stop(drainBudgetMs?: number): Promise<void>
  /** Resolves when it has stopped, whatever the reason. */
  readonly stopped: Promise<void>
}
