import type { McpServersConfig } from '@alkdev/config'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { withTimeout } from '@alkdev/std'
import {
  claimClient,
  listConnectableClients,
  loadClient,
  releaseClient,
  renewClients,
} from '@alkdev/storage'
import type { ConnectableClient } from '@alkdev/storage'
import { HostedClient } from './hosted-client.ts'
import type { HostedEvents } from './hosted-client.ts'
import { LEASE_MS, STOP_MS, SWEEP_MS } from './limits.ts'
import type { OpenOptions } from './open-mcp.ts'
import { settingsOfClient, settingsOfServer } from './settings.ts'
import type { OutsideSettings } from './settings.ts'

export interface ClientHostOptions {
  readonly runtime: ServiceRuntime<'mcp'>
  readonly open: OpenOptions
  readonly servers: McpServersConfig
  readonly events: HostedEvents
}

interface Hosted {
  readonly client: HostedClient
  readonly version: string
  /** Of the last request to read the tools again that was obeyed. */
  refreshedFor: number
}

/**
 * Holds the connections to outside services. Each service is held by one process of the mcp service, under a lease in PostgreSQL that the
 * process extends; when it is gone, another one takes the service over.
 */
export class ClientHost {
  readonly #options: ClientHostOptions
  readonly #hosted = new Map<string, Hosted>()
  /** Services that were free at the last look, also beyond the share of this process. */
  #free = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #sweeping: Promise<void> | undefined
  #renewedAt = performance.now()
  #stopped = false

  constructor(options: ClientHostOptions) {
    this.#options = options
  }

  start(): void {
    this.#renewedAt = performance.now()
    const sweep = (): void => {
      this.#sweeping ??= this.#sweep()
        .catch((err: unknown) =>
          this.#options.runtime.logger.warn({ err }, 'the outside services could not be reviewed'),
        )
        .finally(() => (this.#sweeping = undefined))
    }
    this.#timer = setInterval(sweep, SWEEP_MS)
    this.#timer.unref()
    sweep()
  }

  find(clientId: string): HostedClient | undefined {
    return this.#hosted.get(clientId)?.client
  }

  /** The settings of a stored client, secrets opened. Throws CallError. */
  async settings(clientId: string): Promise<OutsideSettings> {
    const { runtime, servers } = this.#options
    const stored = await loadClient(runtime.db, clientId)
    if (stored === undefined) throw new CallError('EXECUTION_ERROR', 'The client is deleted.')
    if (!stored.client.managed) return settingsOfClient(stored, runtime.config.encryptionKeys)
    const { name } = stored.client
    const server = Object.hasOwn(servers, name) ? servers[name] : undefined
    if (server === undefined)
      throw new CallError('EXECUTION_ERROR', 'It is not in the configuration of this process.')
    return settingsOfServer(name, server)
  }

  /** Lets other processes take the services over at once; the connections stay until `stop`, for the calls that run. */
  async release(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#sweeping
    await Promise.all([...this.#hosted.values()].map(({ client }) => this.#release(client)))
  }

  /** Closes all connections. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#sweeping
    const stops = [...this.#hosted.values()].map(({ client }) => client.stop())
    this.#hosted.clear()
    await withTimeout(Promise.all(stops), {
      ms: STOP_MS,
      what: 'Closing the outside services',
      onTimeout: () => undefined,
    })
  }

  async #sweep(): Promise<void> {
    if (this.#stopped) return
    await this.#renew().catch((error: unknown) => {
      this.#fence()
      throw error
    })
    const rows = await listConnectableClients(this.#options.runtime.db)
    if (this.#stopped) return
    await this.#endDeparted(rows)
    for (const row of rows) this.#follow(row)
    await this.#claimFree(rows)
  }

  async #renew(): Promise<void> {
    const { db, bus } = this.#options.runtime
    const clients = [...this.#hosted.values()].map(({ client }) => ({
      clientId: client.clientId,
      epoch: client.epoch,
    }))
    const at = performance.now()
    const { instanceId } = bus
    const renewed = await renewClients(db, { instanceId, leaseMs: LEASE_MS, clients })
    this.#renewedAt = at
    const kept = new Set(renewed.clientIds)
    for (const { clientId } of clients) if (!kept.has(clientId)) this.#drop(clientId)
    if (renewed.change !== undefined) await bus.announceChange(renewed.change)
  }

  /** Without a renewal for most of the lease another process may take the services over: nothing is sent to them any more. */
  #fence(): void {
    if (performance.now() - this.#renewedAt < LEASE_MS - SWEEP_MS) return
    for (const clientId of this.#hosted.keys()) this.#drop(clientId)
  }

  /** The connection belongs to another process: its calls here are lost. */
  #drop(clientId: string): void {
    const hosted = this.#hosted.get(clientId)
    if (hosted === undefined) return
    this.#hosted.delete(clientId)
    const { client } = hosted
    const reason = 'Another process holds the connection to the outside service.'
    this.#options.runtime.bus.spokeLost(clientId, client.epoch, reason)
    void client.stop()
  }

  async #endDeparted(rows: readonly ConnectableClient[]): Promise<void> {
    const byId = new Map(rows.map((row) => [row.clientId, row]))
    for (const [clientId, { client, version }] of this.#hosted) {
      const row = byId.get(clientId)
      if (row?.enabled === true && row.version === version) continue
      this.#hosted.delete(clientId)
      // Not awaited: a service that hangs would hold up the leases of all others.
      void client.stop()
      // A changed client is claimed again in the next sweep, under a new epoch.
      if (row !== undefined) await this.#release(client)
    }
  }

  async #release({ clientId, epoch }: HostedClient): Promise<void> {
    const { db, bus, logger } = this.#options.runtime
    try {
      const change = await releaseClient(db, { clientId, epoch })
      if (change !== undefined) await bus.announceChange(change)
    } catch (err) {
      // The lease ends by itself.
      logger.debug({ err }, 'the lease of an outside service was not released')
    }
  }

  #follow({ clientId, refreshRequestedAt = 0 }: ConnectableClient): void {
    const hosted = this.#hosted.get(clientId)
    if (hosted === undefined || refreshRequestedAt <= hosted.refreshedFor) return
    hosted.refreshedFor = refreshRequestedAt
    hosted.client.refresh()
  }

  async #claimFree(rows: readonly ConnectableClient[]): Promise<void> {
    const { bus } = this.#options.runtime
    const mine = rows.filter((row) => row.enabled && this.#mayHost(row))
    const free = mine.filter(
      ({ clientId, instanceId }) =>
        !this.#hosted.has(clientId) && (instanceId === undefined || bus.isLost(instanceId)),
    )
    const others = bus.instances('mcp').filter(({ instanceId }) => instanceId !== bus.instanceId)
    const share = Math.ceil(mine.length / (others.length + 1))
    const waited = this.#free
    this.#free = new Set(free.map(({ clientId }) => clientId))
    for (const row of free) {
      if (this.#stopped) return
      if (this.#hosted.size >= share && !waited.has(row.clientId)) continue
      await this.#claim(row)
    }
  }

  /** A server of the configuration is held by a process that has it in its own file. */
  #mayHost({ managed, name }: ConnectableClient): boolean {
    return !managed || Object.hasOwn(this.#options.servers, name)
  }

  async #claim(row: ConnectableClient): Promise<void> {
    const { runtime, open, events } = this.#options
    const { db, bus, logger } = runtime
    const { clientId, name, version, refreshRequestedAt = 0 } = row
    const claimed = await claimClient(db, {
      clientId,
      instanceId: bus.instanceId,
      leaseMs: LEASE_MS,
      ...(row.instanceId !== undefined && { lostInstanceIds: [row.instanceId] }),
    })
    if (claimed === undefined) return
    const client = new HostedClient({
      clientId,
      name,
      epoch: claimed.epoch,
      db,
      open,
      events,
      settings: () => this.settings(clientId),
      announce: async (change) =>
        bus
          .announceChange(change)
          .catch((err: unknown) => logger.debug({ err }, 'a change was not announced')),
      onLeaseLost: () => this.#drop(clientId),
    })
    this.#hosted.set(clientId, { client, version, refreshedFor: refreshRequestedAt })
    await bus.announceChange(claimed.change).catch(() => undefined)
    client.start()
  }
}
