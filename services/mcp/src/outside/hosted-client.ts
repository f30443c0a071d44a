import type { ProvidedCall } from '@alkdev/bus'
import type { IOperationDefinition } from '@alkdev/operations'
import { backoff, deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import { noteConnection, replaceClientOperations, setConnectionState } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { ClientConnectionStatus } from '@alkdev/storage/tables'
import { ConnectionEndedError } from './connection-ended-error.ts'
import { explain } from './error-text.ts'
import {
  CHANGE_QUIET_MS,
  GRACE_MS,
  MAX_CHANGE_DELAY_MS,
  RETRY_BASE_MS,
  RETRY_CAP_MS,
  STABLE_MS,
} from './limits.ts'
import type { OpenOptions } from './open-mcp.ts'
import { openOutside } from './open-outside.ts'
import type { OutsideConnection } from './outside-connection.ts'
import type { OutsideSettings } from './settings.ts'
import { errorWithoutSecrets, secretsOf } from './secret-texts.ts'
import { takeOperations } from './to-operations.ts'

export interface HostedEvents {
  connected(name: string, operations: number): void
  lost(name: string, error: string): void
  changed(name: string, change: object): void
}

export interface HostedClientOptions {
  readonly clientId: string
  readonly name: string
  readonly epoch: number
  readonly db: Db
  readonly open: OpenOptions
  readonly events: HostedEvents
  /** The settings as they are now. Throws what can't be used. */
  settings(): Promise<OutsideSettings>
  announce(change: number): Promise<void>
  /** Another process has the connection. */
  onLeaseLost(): void
}

type Wake = 'ended' | 'changed' | 'refresh' | 'timer' | 'stop'

/** The connection of this process to one outside service: opened, watched, and opened again with growing delays until it is stopped. */
export class HostedClient {
  readonly clientId: string
  readonly name: string
  readonly epoch: number
  /** Calls that run. */
  inFlight = 0
  readonly #options: HostedClientOptions
  #definitions: ReadonlyMap<string, IOperationDefinition> = new Map()
  #connection: OutsideConnection | undefined
  /** As of the last connection. */
  #settings: OutsideSettings | undefined
  #status: ClientConnectionStatus = 'connecting'
  #lastError: string | undefined
  #stopped = false
  #wake: Deferred<Wake> = deferred<Wake>()
  #running: Promise<void> | undefined
  #changeDelayMs = 0
  #changedAt = Number.NEGATIVE_INFINITY

  constructor(options: HostedClientOptions) {
    this.#options = options
    this.clientId = options.clientId
    this.name = options.name
    this.epoch = options.epoch
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Reads the tools again, or connects at once. */
  refresh(): void {
    this.#wake.resolve('refresh')
  }

  /** Closes the connection; resolves when it is closed. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake.resolve('stop')
    await this.#running
  }

  /** The operation that a call is for; undefined while the service is not connected. */
  find({ target }: ProvidedCall): IOperationDefinition | undefined {
    return target.kind === 'spoke' ? this.#definitions.get(target.name) : undefined
  }

  /** The error of a call without the secrets of the service. */
  withoutSecrets(error: unknown): unknown {
    return this.#settings === undefined
      ? error
      : errorWithoutSecrets(error, secretsOf(this.#settings))
  }

  get lastError(): string | undefined {
    return this.#lastError
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    let attempt = 0
    let lostAt = performance.now()
    while (!this.#stopped) {
      let settings: OutsideSettings | undefined
      let connectedAt: number | undefined
      try {
        settings = await this.#options.settings()
        this.#settings = settings
        this.#connection = await openOutside(settings, this.#options.open)
        if (this.#stopped) break
        await this.#register(settings)
        await this.#setStatus('connected', null)
        connectedAt = performance.now()
        this.#options.events.connected(this.name, this.#definitions.size)
        await this.#watch(settings)
      } catch (error) {
        if (this.#stopped) break
        if (connectedAt !== undefined) lostAt = performance.now()
        await this.#onLost(explain(error, settings).message, lostAt)
      } finally {
        this.#definitions = new Map()
        const connection = this.#connection
        this.#connection = undefined
        await connection?.close().catch(() => undefined)
      }
      const lasted = connectedAt === undefined ? 0 : performance.now() - connectedAt
      attempt = lasted > STABLE_MS ? 0 : attempt + 1
      await this.#next(backoff(attempt, { baseMs: RETRY_BASE_MS, capMs: RETRY_CAP_MS }))
    }
    const connection = this.#connection
    this.#connection = undefined
    this.#definitions = new Map()
    await connection?.close().catch(() => undefined)
  }

  /** Follows changes until the connection ends; then it throws. */
  async #watch(settings: OutsideSettings): Promise<void> {
    const connection = this.#connection
    if (connection === undefined) return
    let reason: string | undefined
    void connection.ended.then((text) => {
      reason = text
      this.#wake.resolve('ended')
    })
    connection.onChange(() => this.#wake.resolve('changed'))
    while (!this.#stopped) {
      const why = await this.#next(connection.refreshMs)
      if (this.#stopped) return
      if (reason !== undefined) throw new ConnectionEndedError(reason)
      // A request to read the tools again may arrive during the delay.
      const meanwhile =
        why === 'changed' ? await this.#next(this.#changeDelayMs, 'changed') : undefined
      if (reason !== undefined) throw new ConnectionEndedError(reason)
      if (why === 'timer' || why === 'refresh' || meanwhile === 'refresh')
        await connection.refresh()
      await this.#register(settings)
    }
  }

  /** Stores what the service offers now. */
  async #register(settings: OutsideSettings): Promise<void> {
    const { db, clientId, name, epoch } = this.#options
    const connection = this.#connection
    if (connection === undefined) return
    const taken = takeOperations(connection.definitions, settings)
    const change = await replaceClientOperations(db, {
      clientId,
      epoch,
      name,
      operations: taken.operations,
      pinned: settings.pinned,
      offered: connection.definitions.length + connection.refused.length,
      refused: [...connection.refused, ...taken.refused],
    })
    if (change === undefined) return this.#onLeaseLost()
    this.#definitions = taken.definitions
    if (change.change === undefined) return
    const now = performance.now()
    const isQuiet = now - this.#changedAt > CHANGE_QUIET_MS
    this.#changedAt = now
    this.#changeDelayMs = isQuiet
      ? 0
      : Math.min(MAX_CHANGE_DELAY_MS, Math.max(1000, this.#changeDelayMs * 2))
    const { added, changed, removed, held } = change
    this.#options.events.changed(name, {
      added: added.length,
      changed: changed.slice(0, 20),
      removed: removed.slice(0, 20),
      held: held.slice(0, 20),
    })
    await this.#options.announce(change.change)
  }

  async #onLost(message: string, lostAt: number): Promise<void> {
    const { events } = this.#options
    if (this.#status === 'connected' || this.#lastError !== message) events.lost(this.name, message)
    const status = performance.now() - lostAt > GRACE_MS ? 'failed' : 'connecting'
    await this.#setStatus(status, message).catch(() => undefined)
  }

  async #setStatus(status: ClientConnectionStatus, lastError: string | null): Promise<void> {
    const { db, clientId, epoch } = this.#options
    const isSame = this.#status === status && status !== 'connected'
    this.#status = status
    this.#lastError = lastError ?? undefined
    if (isSame) {
      if (lastError !== null) await noteConnection(db, { clientId, epoch }, { lastError })
      return
    }
    const protocolVersion = this.#connection?.protocolVersion
    const change = await setConnectionState(
      db,
      { clientId, epoch },
      { status, lastError, ...(protocolVersion !== undefined && { protocolVersion }) },
    )
    if (change === undefined) this.#onLeaseLost()
    else await this.#options.announce(change)
  }

  #onLeaseLost(): void {
    this.#stopped = true
    this.#options.onLeaseLost()
  }

  /** Waits for the next event, `ms` at most. `unless`: an event that does not end the wait. */
  async #next(ms: number, unless?: Wake): Promise<Wake> {
    const until = performance.now() + ms
    for (;;) {
      const left = until - performance.now()
      if (left <= 0 && unless !== undefined) return 'timer'
      const timer = setTimeout(() => this.#wake.resolve('timer'), Math.max(0, left))
      const why = await this.#wake.promise
      clearTimeout(timer)
      this.#wake = deferred<Wake>()
      if (this.#stopped || why !== unless) return why
    }
  }
}
