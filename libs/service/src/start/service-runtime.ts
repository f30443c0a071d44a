import type { Bus } from '@alkdev/bus'
import type { CallRecord, ServiceName, Tracer } from '@alkdev/contracts'
import type { HubConfig, ServiceConfig } from '@alkdev/config'
import type { KeyedHash } from '@alkdev/crypto'
import type { HttpApp } from '@alkdev/http'
import type { Database, Db } from '@alkdev/storage'
import type { RedisConnection } from '@alkdev/redis'
import type { ApiKeyManager } from 'keypal'
import type { DestinationStream, Logger } from 'pino'
import type { CallRecorder } from '../audit/call-recorder.ts'
import type { KeyAuthenticator } from '../identity/key-authenticator.ts'
import type { IdentityWatcher } from '../identity/identity-watcher.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { SearchStage } from '../search/embedding-stage.ts'
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
  | 'search'
  | 'telemetry'
>

/** The parts from which a service is built. All of them are open; `startService` closes them. */
export interface ServiceRuntime<S extends ServiceName = ServiceName> {
  readonly name: S
  readonly config: ServiceConfig<S>
  readonly logger: Logger
  readonly metrics: Metrics
  /** Undefined where traces are off. */
  readonly tracer: Tracer | undefined
  readonly db: Db
  /** A lane of the database for one statement (see `Database`). It must be released when the service closes. */
  readonly openLane: Database['openLane']
  /** A connection for the service's commands; blocking reads and subscriptions use `duplicateConnection`. */
  readonly redis: RedisConnection
  /** Not started yet while the service is built: operations can be registered, but not called. */
  readonly bus: Bus
  /** Not listening yet while the service is built: routes can be registered. Until the start is complete they answer UNAVAILABLE. */
  readonly app: HttpApp
  readonly keys: ApiKeyManager
  readonly authenticator: KeyAuthenticator
  /** Long-lived work by identity; ended when its key is revoked or expires. */
  readonly live: IdentityWatcher
  /** For the inputs of calls with an idempotency key (`callOnce`). */
  readonly inputHash: KeyedHash
  /** Adds a call that did not go over the bus to the call history. Resolves when it is written. */
  recordCall(record: CallRecord): Promise<void>
  /** The second stage of the search of operations, if the config has one. */
  readonly searchStage: SearchStage | undefined
  /** Names the deployment in requests to outside services, so that loops between hubs end. The same in all of its processes. */
  readonly deploymentId: string
  /** Base URL at which the other services reach this process. */
  readonly url: string
  /** Aborted when draining begins: accept no work that another process can do. */
  readonly draining: AbortSignal
  /** Aborted when the drain ends: work that is still in flight must stop. */
  readonly signal: AbortSignal
  /** Called once the process is subscribed, has its lease and accepts calls; a failure fails the start. */
  onReady(what: string, work: Work): void
  /** Called when draining begins; its signal aborts at the end of the drain budget. All callbacks run concurrently. */
  onDrain(what: string, work: Work): void
  /** Called when the process closes, in reverse order of registration, with HTTP closed and the bus still open. */
  onClose(what: string, work: Work): void
  /** Called when the bus has a new instance id because its lease may have ended: announce again what was announced under the old id. */
  onRejoined(listener: (instanceId: string, formerId: string) => void): void
  /** Called when a key, account or membership has changed; work that outlives a request must be checked again (`authenticator.recheck`). */
  onIdentityChange(listener: (change: IdentityChangeNotice) => void): void
}

/** What changed. Without `subjectIds` anything may have changed. */
export interface IdentityChangeNotice {
  readonly kind: string
  readonly subjectIds?: readonly string[]
}

/** Replacements for defaults, for tests and `main`. */
export interface StartOverrides {
  /** Steps that ran before the config was loaded. */
  readonly steps?: StartSteps
  /** The destination of the log. Default: standard output. */
  readonly logDestination?: DestinationStream
  /** Receives the ended calls instead of PostgreSQL. A benchmark measures the cost of recording with it. */
  readonly recorder?: CallRecorder
}

/** A running service. Disposing it drains and closes it. */
export interface RunningService extends AsyncDisposable {
  readonly name: ServiceName
  readonly instanceId: string
  /** Base URL of its HTTP port, as reached from this machine. */
  readonly url: string
  isReady(): boolean
  readonly logger: Logger
  /** Drains within the budget of the config (or the given one, in milliseconds) and closes. Resolves when everything is closed. */
  stop(drainBudgetMs?: number): Promise<void>
  /** Resolves when it has stopped, for any reason. */
  readonly stopped: Promise<void>
}
