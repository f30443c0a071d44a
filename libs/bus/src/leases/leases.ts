import type { ServiceName } from '@alkdev/contracts'
import { sharedNow, uuidv7 } from '@alkdev/std'
import { instanceTopic } from '../transport/transport.ts'
import type { InstanceInfo } from '../instance-info.ts'
import { LeaseExpiry } from './lease-expiry.ts'
import type { Lease, SeenLease } from './lease-table.ts'
import type { LeasesOptions } from './leases-options.ts'

/** Former ids that a process names in its lease, so that calls made under them continue. */
const MAX_FORMER = 8

/**
 * The instance's own lease and its view of the others. A process that could not renew for `fenceMs` takes no calls and
 * returns under a new id; calls in flight continue under the former id, which its new lease names.
 */
export class Leases {
  readonly #options: LeasesOptions
  readonly #startedAt = sharedNow()
  readonly #expiry: LeaseExpiry
  #instanceId = uuidv7()
  #former: readonly string[] = []
  #live = new Map<string, InstanceInfo>()
  #takers = new Map<ServiceName, readonly InstanceInfo[]>()
  /** Any id, current or former, to the current id of its process. */
  #current = new Map<string, string>()
  #renewedAt = Number.NEGATIVE_INFINITY
  #fenced = true
  #draining = false
  #timer: NodeJS.Timeout | undefined
  #busy = false
  #looking: Promise<void> | undefined
  #stopped = false

  constructor(options: LeasesOptions) {
    this.#options = options
    this.#expiry = new LeaseExpiry(options.limits.graceMs)
    // The others write their leases again; until then nothing proves that one of them is dead.
    options.table.onEmptied = () => this.#expiry.interrupted()
  }

  get instanceId(): string {
    return this.#instanceId
  }

  /** Instances alive, this one included. */
  get size(): number {
    return this.#live.size
  }

  /** Whether two ids belong, or belonged, to the same process. */
  isSame(a: string, b: string): boolean {
    return a === b || (this.#current.get(a) ?? a) === (this.#current.get(b) ?? b)
  }

  /** True while this process may take calls under its id. Reads the clock, so it is correct even when timers were late. */
  get sure(): boolean {
    if (!this.#fenced && performance.now() - this.#renewedAt > this.#options.limits.fenceMs) {
      this.#fence()
    }
    return !this.#fenced
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Subscribed and first lease written. */
  async start(): Promise<void> {
    await this.#options.transport.subscribe(instanceTopic(this.#instanceId))
    await this.#renew()
    this.#fenced = false
    this.#schedule(this.#options.limits.renewMs)
  }

  /** The others get `graceMs` for their leases: called when the connection to Redis is back. */
  grantGrace(): void {
    this.#expiry.interrupted()
    this.#schedule(0)
  }

  /** Reads the leases now, for a process that may have started since the last renewal; concurrent callers share one reading. Rejects when Redis is not available. */
  look(): Promise<void> {
    this.#looking ??= this.#options.table
      .renew(undefined, 0)
      .then((seen) => this.#see(seen, performance.now()))
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  /** Announces in the lease that this instance takes no new calls. */
  async drain(): Promise<void> {
    this.#draining = true
    if (this.#options.transport.ready) await this.#renew().catch(() => undefined)
  }

  /** Removes the lease, and those of former ids, so that other instances notice at once. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    if (this.#options.transport.ready) {
      const ids = [this.#instanceId, ...this.#former]
      await this.#options.table.remove(ids).catch(() => undefined)
    }
  }

  /** Instances of a service that take calls, this one included. */
  of(service: ServiceName): readonly InstanceInfo[] {
    let takers = this.#takers.get(service)
    if (takers === undefined) {
      takers = [...this.#live.values()].filter((info) => info.service === service && !info.draining)
      this.#takers.set(service, takers)
    }
    return takers
  }

  /** Live instances of all services, draining ones included. */
  all(): readonly InstanceInfo[] {
    return [...this.#live.values()]
  }

  /** The live instance that has, or had, this id. */
  find(instanceId: string): InstanceInfo | undefined {
    return this.#live.get(this.#current.get(instanceId) ?? '')
  }

  /**
   * True when the lease of this id has ended and neither Redis nor this process is the cause. `heardAt`: when the id was
   * known to be alive (`performance.now()`); leases read before that prove nothing.
   */
  isLost(instanceId: string, heardAt: number): boolean {
    if (heardAt >= this.#renewedAt) return false
    if (instanceId === this.#instanceId || this.#former.includes(instanceId)) return false
    if (this.#current.has(instanceId)) return false
    return this.sure && this.#expiry.isExpired(instanceId)
  }

  #schedule(ms: number): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#tick(), ms)
  }

  async #tick(): Promise<void> {
    if (this.#busy || this.#stopped) return
    const { limits, transport, logger } = this.#options
    this.#busy = true
    let next = limits.renewMs
    try {
      if (!this.sure) await this.#rejoin()
      else if (transport.ready) {
        this.#options.ping(this.#instanceId)
        next = await this.#renew()
      }
    } catch (error) {
      // The other instances may have had no Redis either, even if the connection stayed: one node of a cluster is unreachable.
      this.#expiry.interrupted()
      logger.debug({ err: error }, 'the lease was not renewed')
    } finally {
      this.#busy = false
      this.#schedule(next)
    }
  }

  /** One round trip. Returns the milliseconds until the next one is due. */
  async #renew(): Promise<number> {
    const { table, limits } = this.#options
    const from = performance.now()
    let answered = false
    // The answer may wait behind this timer when the event loop was blocked: input is read before the immediate.
    const late = (): void =>
      void setImmediate(() => (answered ? undefined : this.#options.onStuck()))
    const stuck = setTimeout(late, limits.fenceMs * 0.75)
    try {
      // A late renewal must not restore a lease that was removed.
      const lease = this.#stopped ? undefined : this.#lease()
      const seen = await table.renew(lease, limits.leaseMs)
      this.#renewedAt = from
      this.#see(seen, from)
      return this.#nextLook(seen)
    } finally {
      answered = true
      clearTimeout(stuck)
    }
  }

  /** A lease about to end is read again just after its end, so that a death is noticed without waiting a whole period. */
  #nextLook(seen: readonly SeenLease[]): number {
    let next = this.#options.limits.renewMs
    for (const { leftMs } of seen) if (leftMs + 5 < next) next = leftMs + 5
    return next
  }

  #lease(): Lease {
    return {
      instanceId: this.#instanceId,
      service: this.#options.service,
      url: this.#options.url,
      draining: this.#draining,
      load: this.#options.load(),
      startedAt: this.#startedAt,
      former: this.#former,
      ...(this.#options.keyVersions && { keyVersions: this.#options.keyVersions }),
    }
  }

  #see(seen: readonly SeenLease[], at: number): void {
    this.#live = new Map()
    this.#current = new Map()
    this.#takers = new Map()
    for (const { lease } of seen) {
      const { former: _former, ...info } = lease
      this.#live.set(lease.instanceId, info)
    }
    for (const { lease } of seen) {
      this.#current.set(lease.instanceId, lease.instanceId)
      // The lease of an abandoned id may still exist for a moment.
      for (const id of lease.former) this.#live.delete(id)
    }
    for (const { lease } of seen) {
      for (const id of lease.former) this.#current.set(id, lease.instanceId)
    }
    this.#expiry.read(at, (id) => this.#current.has(id))
    this.#options.onSeen()
  }

  #fence(): void {
    this.#fenced = true
    this.#options.counters.fenced++
    this.#options.logger.warn({ instanceId: this.#instanceId }, 'lease unsure: no calls taken')
    this.#schedule(0)
  }

  /** A new id: subscribed first, then announced together with the former one. */
  async #rejoin(): Promise<void> {
    const { transport } = this.#options
    if (!transport.ready) return
    const formerId = this.#instanceId
    const instanceId = uuidv7()
    await transport.subscribe(instanceTopic(instanceId))
    const former = [formerId, ...this.#former]
    this.#former = former.slice(0, MAX_FORMER)
    this.#instanceId = instanceId
    this.grantGrace()
    await this.#renew()
    this.#fenced = false
    this.#options.logger.info({ instanceId, formerId }, 'back under a new instance id')
    this.#options.onRejoined(instanceId, formerId)
  }
}
