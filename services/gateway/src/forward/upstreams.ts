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

/** A random whole number below `count`. */
function below(count: number): number {
  return Math.floor(Math.random() * count)
}

/** The live instances of the other services, and the connections to them. */
export class Upstreams {
  readonly #bus: Pick<Bus, 'instances' | 'lookForInstances'>
  readonly #sessions = new Map<string, string>()
  /** A reading of the leases makes other objects, so these go with it. */
  readonly #origins = new WeakMap<InstanceInfo, string>()
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

  /** The instance to try first: that of the session, else the less loaded of two random ones. Draining instances are excluded. */
  first(service: ServiceName, session?: string): InstanceInfo | undefined {
    const live = this.#bus.instances(service)
    const holder = session === undefined ? undefined : this.#sessions.get(session)
    const held =
      holder === undefined ? undefined : live.find(({ instanceId }) => instanceId === holder)
    if (held !== undefined || live.length < 2) return held ?? live[0]
    const at = below(live.length)
    const [one, other] = [live[at], live[(at + 1 + below(live.length - 1)) % live.length]]
    return one !== undefined && other !== undefined && other.load < one.load ? other : one
  }

  /**
   * The instances to try, one after the other: the first one, then the others in any order, without those whose ids are in `tried`. When none is left
   * the leases are read once more, for at most half a second, in case an instance has just started.
   */
  async *candidates(
    service: ServiceName,
    session?: string,
    tried: readonly string[] = [],
  ): AsyncGenerator<InstanceInfo, void> {
    const done = new Set(tried)
    for (const again of [false, true]) {
      if (again) await this.#look()
      for (const instance of this.#inOrder(service, session)) {
        if (done.has(instance.instanceId)) continue
        done.add(instance.instanceId)
        yield instance
      }
    }
  }

  /** The origin of the URL of an instance. */
  originOf(instance: InstanceInfo): string {
    let origin = this.#origins.get(instance)
    if (origin === undefined) {
      origin = new URL(instance.url).origin
      this.#origins.set(instance, origin)
    }
    return origin
  }

  /** Never rejects: without Redis the known leases are used. */
  async #look(): Promise<void> {
    const reading = this.#bus.lookForInstances()
    await withTimeout(reading, { ms: LOOK_MS, what: 'Reading the leases' }).catch(() => undefined)
  }

  #inOrder(service: ServiceName, session?: string): readonly InstanceInfo[] {
    const first = this.first(service, session)
    if (first === undefined) return []
    const others = this.#bus
      .instances(service)
      .filter((one) => one !== first)
      .map((instance) => ({ instance, at: Math.random() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ instance }) => instance)
    return [first, ...others]
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
