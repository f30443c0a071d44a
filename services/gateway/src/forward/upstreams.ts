import type { Bus, InstanceInfo, ServiceName } from '@alkdev/bus'
import { Agent } from 'undici'

/** Milliseconds to get a connection to an instance; a process that is there accepts within a few. */
const CONNECT_MS = 2000
/** Milliseconds until an answer begins: models think for long. */
const HEADERS_MS = 600_000
/** Milliseconds between two pieces of an answer. */
const BODY_MS = 300_000
const CONNECTIONS_PER_INSTANCE = 512
/** Sessions whose instance is remembered; the oldest go first. */
const MAX_SESSIONS = 10_000

/** The live instances of the other services, and the connections to them. */
export class Upstreams {
  readonly #bus: Pick<Bus, 'instances'>
  readonly #sessions = new Map<string, string>()
  readonly agent = new Agent({
    connections: CONNECTIONS_PER_INSTANCE,
    connect: { timeout: CONNECT_MS },
    headersTimeout: HEADERS_MS,
    bodyTimeout: BODY_MS,
    keepAliveTimeout: 30_000,
  })

  constructor(bus: Pick<Bus, 'instances'>) {
    this.#bus = bus
  }

  /**
   * The instances that may be tried, in this order: the one that holds the session, else the less loaded of two taken at random,
   * then the others. Instances that drain are not among them.
   */
  candidates(service: ServiceName, session?: string): readonly InstanceInfo[] {
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

  /** Remembers which instance answers for a session. */
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
