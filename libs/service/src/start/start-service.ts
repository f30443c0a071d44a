import type { Bus } from '@alkdev/bus'
import type { ServiceName } from '@alkdev/contracts'
import type { ServiceConfig } from '@alkdev/config'
import { SERVICE_OPERATIONS } from '@alkdev/contracts'
import { createKeyedHash } from '@alkdev/crypto'
import type { KeyRing } from '@alkdev/crypto'
import { CodedError } from '@alkdev/errors'
import { closeHttpApp, listenHttpApp } from '@alkdev/http'
import type { ErrorShape, HttpApp } from '@alkdev/http'
import { upsertServiceOperations } from '@alkdev/storage'
import type { Logger } from 'pino'
import { bindSecrets } from './bind-secrets.ts'
import { checkSecrets } from './check-secrets.ts'
import { drain } from './drain.ts'
import type { DrainWork } from './drain.ts'
import { openApp } from './open-app.ts'
import { addBusMetrics } from '../telemetry/bus-metrics.ts'
import { busKeysOf, openBus } from './open-bus.ts'
import { openDependencies } from './open-dependencies.ts'
import type { Dependencies } from './open-dependencies.ts'
import { hubRegistry } from '../operations/hub-operations.ts'
import { requireFittingRings } from '../admin/key-holders.ts'
import { instanceUrl } from './instance-url.ts'
import { reservePort } from './reserve-port.ts'
import type {
  CommonConfig,
  IdentityChangeNotice,
  RunningService,
  ServiceRuntime,
  StartOverrides,
} from './service-runtime.ts'
import { EmbeddingStage } from '../search/embedding-stage.ts'
import type { SearchStage } from '../search/embedding-stage.ts'
import { StartSteps } from './start-steps.ts'
import { Teardown, within } from './teardown.ts'

export interface StartServiceInput<S extends ServiceName> {
  readonly name: S
  readonly config: ServiceConfig<S>
  /** Aborting it drains and closes the service, or ends a start in progress. */
  readonly signal: AbortSignal
  readonly overrides?: StartOverrides | undefined
  /** The body of answers to bytes that are not an HTTP request. Default: problem details. */
  readonly rawErrorShape?: ErrorShape
  /** Adds the service's routes, operations and jobs. */
  build(runtime: ServiceRuntime<S>): void | Promise<void>
}

/** Milliseconds for closing each part, after the drain. */
const CLOSE_MS = 5000
/** Milliseconds for answers that are still being sent when the drain has ended. */
const HTTP_GRACE_MS = 2000
/** Age of the last reading of Postgres at which the process is no longer ready. */
const POSTGRES_SILENT_MS = 5000

/** The state of a service that starts, runs or stops. */
class Service<S extends ServiceName> {
  readonly #input: StartServiceInput<S>
  readonly #config: CommonConfig & { readonly encryptionKeys?: KeyRing }
  readonly #steps: StartSteps
  readonly #draining = new AbortController()
  readonly #ending = new AbortController()
  readonly #drainWork: DrainWork[] = []
  readonly #readyWork: DrainWork[] = []
  readonly #rejoined: ((instanceId: string, formerId: string) => void)[] = []
  readonly #identityChanged: ((change: IdentityChangeNotice) => void)[] = []
  readonly #teardown = new Teardown(() => this.#logger)
  #logger: Logger | undefined
  #bus: Bus | undefined
  #dependencies: Dependencies | undefined
  #accepting = false
  #stopping: Promise<void> | undefined

  constructor(input: StartServiceInput<S>) {
    this.#input = input
    this.#config = input.config as unknown as CommonConfig
    this.#steps = input.overrides?.steps ?? new StartSteps()
  }

  async start(): Promise<RunningService> {
    try {
      return await this.#start()
    } catch (error) {
      this.#ending.abort(error)
      await this.#teardown.close(CLOSE_MS)
      throw error
    }
  }

  async #start(): Promise<RunningService> {
    const { name, signal } = this.#input
    const steps = this.#steps
    const config = this.#config
    await steps.run('secrets', () => checkSecrets(config))
    const dependencies = await openDependencies({
      name,
      config,
      overrides: this.#input.overrides ?? {},
      steps,
      teardown: this.#teardown,
      signal,
      onLogger: (logger) => {
        this.#logger = logger
      },
      onIdentityChange: (change) => {
        for (const listener of this.#identityChanged) listener(change)
      },
    })
    this.#dependencies = dependencies
    signal.throwIfAborted()
    const { host } = config.http
    const reserved = await reservePort(config.http)
    this.#teardown.add('port', async () => reserved.release())
    const { port } = reserved
    const url = instanceUrl(config.http, port)
    const bus = await steps.run('bus', () => this.#openBus(dependencies, url))
    const app = openApp({
      config,
      dependencies,
      accepts: () => this.#accepting,
      ...(this.#input.rawErrorShape && { rawErrorShape: this.#input.rawErrorShape }),
      health: {
        ready: () => this.#isReady(),
        reason: () => this.#dependencies?.databaseTrouble,
        report: () => this.#report(),
        deploymentId: this.#deploymentId,
        ...(config.telemetry.metrics && { metrics: () => dependencies.metrics.render() }),
      },
    })
    const searchStage = this.#openSearchStage(dependencies, bus)
    const change = await steps.run('operations', async () => {
      bus.serveLocal(hubRegistry(bus, dependencies.logger, searchStage))
      await this.#input.build(this.#runtime(dependencies, bus, app, url, searchStage))
      // The call log refers to them, so they must exist before the first call.
      return upsertServiceOperations(dependencies.db, SERVICE_OPERATIONS)
    })
    signal.throwIfAborted()
    const localUrl = await steps.run('http', () => {
      this.#teardown.add('http', () => closeHttpApp(app, HTTP_GRACE_MS))
      reserved.release()
      return listenHttpApp(app, { host, port })
    })
    await steps.run('announce', async () => {
      await this.#requireFittingRings(dependencies, url)
      const ring = this.#config.encryptionKeys
      if (ring !== undefined) await bindSecrets(dependencies.db, ring, dependencies.logger)
      await bus.start()
      // Checked again after the lease is written: of two processes that start at the same time at least one sees the other.
      await this.#requireFittingRings(dependencies, url)
      if (change !== undefined) await bus.announceChange(change)
    })
    await steps.run('ready', async () => {
      this.#accepting = true
      searchStage?.start()
      for (const { work } of this.#readyWork) await work(signal)
      signal.throwIfAborted()
    })
    dependencies.logger.info({ url: localUrl, instanceId: bus.instanceId }, 'ready')
    return this.#running(dependencies, bus, app, localUrl)
  }

  /** A service without a key ring is compatible with every key ring. */
  async #requireFittingRings({ redis }: Dependencies, url: string): Promise<void> {
    const ring = this.#config.encryptionKeys
    if (ring === undefined) return
    const { current, versions } = ring
    const { signal } = this.#input
    await requireFittingRings(redis, this.#config, { current, versions, url, signal })
  }

  #openBus(dependencies: Dependencies, url: string): Bus {
    const bus = openBus({
      name: this.#input.name,
      config: this.#config,
      dependencies,
      url,
      keyVersions: this.#config.encryptionKeys?.versions,
      onRejoined: (instanceId, formerId) => {
        dependencies.logger.warn({ instanceId, formerId }, 'rejoined under a new instance id')
        for (const listener of this.#rejoined) listener(instanceId, formerId)
      },
    })
    this.#bus = bus
    this.#teardown.add('bus', async () => bus[Symbol.asyncDispose]())
    addBusMetrics(dependencies.metrics, bus)
    return bus
  }

  #openSearchStage({ redis, logger }: Dependencies, bus: Bus): EmbeddingStage | undefined {
    const { search, redis: redisConfig } = this.#config
    const stage = EmbeddingStage.open({ search, bus, redis, prefix: redisConfig.prefix, logger })
    if (stage !== undefined) this.#teardown.add('embeddings', () => stage.stop())
    return stage
  }

  #runtime(
    dependencies: Dependencies,
    bus: Bus,
    app: HttpApp,
    url: string,
    searchStage: SearchStage | undefined,
  ): ServiceRuntime<S> {
    return {
      name: this.#input.name,
      config: this.#input.config,
      logger: dependencies.logger,
      metrics: dependencies.metrics,
      tracer: dependencies.tracer,
      db: dependencies.db,
      openLane: dependencies.openLane,
      redis: dependencies.redis,
      bus,
      app,
      keys: dependencies.identities.keys,
      authenticator: dependencies.identities.authenticator,
      live: dependencies.identities.live,
      recordCall: (record) => dependencies.recorder.record(record),
      inputHash: createKeyedHash(busKeysOf(this.#config), 'idempotency-input'),
      searchStage,
      deploymentId: this.#deploymentId,
      url,
      draining: this.#draining.signal,
      signal: this.#ending.signal,
      onReady: (what, work) => this.#readyWork.push({ what, work }),
      onDrain: (what, work) => this.#drainWork.push({ what, work }),
      onClose: (what, work) => this.#teardown.add(what, work),
      onRejoined: (listener) => this.#rejoined.push(listener),
      onIdentityChange: (listener) => this.#identityChanged.push(listener),
    }
  }

  get #deploymentId(): string {
    return createKeyedHash(busKeysOf(this.#config), 'deployment').of('id').slice(0, 16)
  }

  #isReady(): boolean {
    const postgres = this.#dependencies?.identities.changes.ageMs ?? Number.POSITIVE_INFINITY
    return (
      this.#accepting &&
      !this.#draining.signal.aborted &&
      this.#bus?.healthy === true &&
      postgres < POSTGRES_SILENT_MS &&
      this.#dependencies?.databaseTrouble === undefined
    )
  }

  #report(): Readonly<Record<string, unknown>> {
    const draining = this.#draining.signal.aborted
    return {
      service: this.#input.name,
      instanceId: this.#bus?.instanceId,
      status: draining ? 'draining' : this.#isReady() ? 'ready' : 'not-ready',
      dependencies: {
        redis: this.#bus?.healthy === true,
        postgres: (this.#dependencies?.identities.changes.ageMs ?? Infinity) < POSTGRES_SILENT_MS,
      },
      ...(this.#dependencies?.databaseTrouble === undefined
        ? {}
        : { reason: this.#dependencies.databaseTrouble }),
      steps: this.#steps.report(),
    }
  }

  #running(dependencies: Dependencies, bus: Bus, app: HttpApp, url: string): RunningService {
    const { promise: stopped, resolve } = Promise.withResolvers<void>()
    const stop = (budgetMs: number = this.#config.http.drainBudgetMs): Promise<void> => {
      this.#stopping ??= this.#stop(dependencies, bus, app, budgetMs).finally(resolve)
      return this.#stopping
    }
    const { signal } = this.#input
    if (signal.aborted) void stop()
    else signal.addEventListener('abort', () => void stop(), { once: true })
    return {
      name: this.#input.name,
      get instanceId() {
        return bus.instanceId
      },
      url,
      isReady: () => this.#isReady(),
      logger: dependencies.logger,
      stop,
      stopped,
      [Symbol.asyncDispose]: () => stop(),
    }
  }

  async #stop(dependencies: Dependencies, bus: Bus, app: HttpApp, budgetMs: number): Promise<void> {
    const { logger } = dependencies
    const startedAt = performance.now()
    logger.info({ budgetMs }, 'draining')
    this.#draining.abort(new CodedError('UNAVAILABLE', 'This instance is draining.'))
    const work = this.#drainWork
    const service = this.#input.name
    const { signal } = this.#ending
    const whole = await drain({ service, app, bus, work, logger, budgetMs, signal })
    this.#ending.abort(
      new CodedError('PROVIDER_LOST', 'The instance stopped before the call ended.', {
        details: { outcome: 'unknown', reason: 'draining' },
      }),
    )
    await this.#teardown.close(CLOSE_MS)
    logger.info({ whole, durationMs: Math.round(performance.now() - startedAt) }, 'stopped')
    // Output to a pipe must be written before the process ends.
    await within(1000, new Promise<void>((resolve) => logger.flush(() => resolve())))
  }
}

/**
 * Starts a service: config (given), secrets, logger, Postgres and its schema level, Redis, bus, operations (`build`), HTTP, announce,
 * ready. Each step is logged with its duration and shown in `/health`. A missing dependency ends the start with an OperatorError (a
 * sentence and its fix) after everything that was open has been closed; no step is retried.
 *
 * On a stop it is no longer ready, accepts no new work, lets work in flight end within `http.drainBudgetMs`, and closes everything in
 * reverse order.
 */
export async function startService<S extends ServiceName>(
  input: StartServiceInput<S>,
): Promise<RunningService> {
  return new Service(input).start()
}
