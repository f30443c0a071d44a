import type { Bus, InstanceInfo } from '@alkdev/bus'
import type { ServiceName } from '@alkdev/contracts'
import { withTimeout } from '@alkdev/std'
import { Agent } from 'undici'

/** Milliseconds to connect to an instance; a live process accepts within a few. */
const CONNECT_MS = 2000
/** Milliseconds until an answer starts: models can take long. */
const HEADERS_MS = 600_000
/** Milliseconds between two chunks of an answer. */
const BODY_MS = 300_000
/** Milliseconds for a read of the leases. */
const LOOK_MS = 500
const CONNECTIONS_PER_INSTANCE = 512
/** Sessions whose instance is cached; the oldest are evicted first. */
const MAX_SESSIONS = 10_000

/** The live instances of the other services, and the connections to them. */
export class Upstreams {
  readonly #bus: Pick<Bus, 'instances' | 'lookForInstances'>
  readonly #sessions = new Map<string, string>()
  readonly agent = new Agent({
    connections: CONNECTIONS_PER_INSTANCE,
    connect: { timeout: CONNECT_MS },
    headersTimeout: HEADERS_MS,
    bodyTimeout: BODY_MS,
    keepAliveTimeout: 30_000,
  })

  constructor(bus: Pick<Bus, 'instances' | 'lookForInstances'>) {
    this.#bus = bus
  }

  /**
   * The instances to try, one after the other. When none is left the leases are read once more, for at most half a second,
   * in case an instance has just started.
   */
  async *candidates(service: ServiceName, session?: string): AsyncGenerator<InstanceInfo, void> {
    const tried = new Set<string>()
    for (const again of [false, true]) {
      if (again) await this.#look()
      for (const instance of this.#inOrder(service, session)) {
        if (tried.has(instance.instanceId)) continue
        tried.add(instance.instanceId)
        yield instance
      }
    }
  }

  /** Never rejects: without Redis the known leases are used. */
  async #look(): Promise<void> {
    const reading = this.#bus.lookForInstances()
    await withTimeout(reading, { ms: LOOK_MS, what: 'Reading the leases' }).catch(() => undefined)
  }

  /** The instance of the session first, else the less loaded of two random ones, then the others. Draining instances are excluded. */
  #inOrder(service: ServiceName, session?: string): readonly InstanceInfo[] {
    const live = this.#bus.instances(service)
    const holder = session === undefined ? undefined : this.#sessions.get(session)
    const held = live.find(({ instanceId }) => instanceId === holder)
    const shuffled = live
      .map((instance) => ({ instance, at: Math.random() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ instance }) => instance)
    const [first, second, ...others] = shuffled
    const ordered =
      first !== undefined && second !== undefined && second.load < first.load
        ? [second, first, ...others]
        : shuffled
    return held === undefined ? ordered : [held, ...ordered.filter((one) => one !== held)]
  }

  /** Caches which instance answers for a session. */
  remember(session: string, instanceId: string): void {
    this.#sessions.delete(session)
    if (this.#sessions.size >= MAX_SESSIONS) {
      const oldest = this.#sessions.keys().next()
      if (oldest.done !== true) this.#sessions.delete(oldest.value)
    }
    this.#sessions.set(session, instanceId)
  }

  async close(): Promise<void> {
    await this.agent.destroy()
  }
}
