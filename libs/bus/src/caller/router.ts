import type { ServiceName } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import type { StoredEntry, StoredProvider } from '../directory/registry-store.ts'
import { serves } from '../directory/visibility.ts'
import type { Leases } from '../leases/leases.ts'
import type { CallTarget } from '../provided-call.ts'
import { membersOfKey } from './member-of-key.ts'

/** Members of a larger pool that one choice compares, starting at a random offset. */
const SAMPLE_SIZE = 24
/** How long the last reported number of calls of a spoke is used. */
const REPORT_MS = 2000

/** One provider that may run the call. */
export interface Candidate {
  /** Identifies the provider among those tried. */
  readonly key: string
  readonly instanceId: string
  readonly local: boolean
  readonly target: CallTarget
  readonly spokeId?: string
  readonly why: string
}

/** No provider can take the call now; `retryAfterMs` when one is expected to return. */
export interface NoCandidate {
  readonly message: string
  readonly retryAfterMs: number
  /** A provider has lost its connection and may return until this time. */
  readonly expected?: boolean
}

export interface RouterOptions {
  readonly leases: Leases
  readonly service: ServiceName
  readonly suspendedMs: number
  servesOwnService(): boolean
  servesSpokes(): boolean
}

interface SpokeLoad {
  mine: number
  reported: number
  reportedAt: number
}

/** Chooses the provider of a call: live, serving the caller, not tried yet, and with the least load. */
export class Router {
  readonly #options: RouterOptions
  /** Calls of this instance in flight, by instance. */
  readonly #atInstance = new Map<string, number>()
  readonly #atSpoke = new Map<string, SpokeLoad>()
  #turn = 0

  constructor(options: RouterOptions) {
    this.#options = options
  }

  /** `key`: of a keyed call. Calls of a pool with the same key go to the same member while it is there. */
  pick(
    entry: StoredEntry,
    principal: Identity,
    tried: ReadonlySet<string>,
    key?: string,
  ): Candidate | NoCandidate {
    if (entry.kind === 'service') return this.#pickService(entry, tried)
    if (entry.kind === 'pool')
      return key === undefined
        ? this.#pickMember(entry, principal, tried)
        : this.#pickByKey(entry, principal, tried, key)
    const [provider] = entry.providers
    if (provider === undefined) return noProvider(entry.operationId)
    return this.#pickPinned(entry, provider, tried)
  }

  /** That spoke only, when it has attached again under a newer epoch; undefined until then. */
  pickSpoke(
    entry: StoredEntry,
    spokeId: string,
    tried: ReadonlySet<string>,
  ): Candidate | undefined {
    const provider = entry.providers.find((found) => found.spokeId === spokeId)
    if (provider?.status !== 'active') return undefined
    return this.#candidate(provider, tried, 'pinned')
  }

  /** A call was dispatched to a candidate. */
  onDispatched({ instanceId, spokeId }: Candidate): void {
    this.#atInstance.set(instanceId, (this.#atInstance.get(instanceId) ?? 0) + 1)
    if (spokeId === undefined) return
    const load = this.#atSpoke.get(spokeId)
    if (load === undefined) this.#atSpoke.set(spokeId, { mine: 1, reported: 0, reportedAt: 0 })
    else load.mine++
  }

  /** The attempt there has ended; `reported`: calls that the spoke runs, from its broker. */
  onSettled({ instanceId, spokeId }: Candidate, reported?: number): void {
    const left = (this.#atInstance.get(instanceId) ?? 1) - 1
    if (left > 0) this.#atInstance.set(instanceId, left)
    else this.#atInstance.delete(instanceId)
    const load = spokeId === undefined ? undefined : this.#atSpoke.get(spokeId)
    if (spokeId === undefined || load === undefined) return
    load.mine--
    if (reported !== undefined) {
      load.reported = reported
      load.reportedAt = performance.now()
    }
    if (load.mine <= 0 && load.reported === 0) this.#atSpoke.delete(spokeId)
  }

  /** Drops old load reports of spokes. */
  prune(): void {
    const old = performance.now() - REPORT_MS
    for (const [spokeId, load] of this.#atSpoke) {
      if (load.mine <= 0 && load.reportedAt < old) this.#atSpoke.delete(spokeId)
    }
  }

  #pickService(entry: StoredEntry, tried: ReadonlySet<string>): Candidate | NoCandidate {
    const { leases, service } = this.#options
    const target: CallTarget = { kind: 'service' }
    const own = leases.instanceId
    const here =
      entry.service === 'local' || (entry.service === service && this.#options.servesOwnService())
    if (here && !tried.has(own)) {
      return { key: own, instanceId: own, local: true, target, why: 'this process' }
    }
    if (entry.service === 'local' || entry.service === undefined)
      return noProvider(entry.operationId)
    let best: string | undefined
    let bestLoad = Infinity
    const instances = leases.of(entry.service)
    const from = this.#turn++
    for (let at = 0; at < instances.length; at++) {
      const info = instances[(from + at) % instances.length]
      if (info === undefined || info.instanceId === own || tried.has(info.instanceId)) continue
      const load = Math.max(info.load, this.#atInstance.get(info.instanceId) ?? 0)
      if (load >= bestLoad) continue
      best = info.instanceId
      bestLoad = load
    }
    if (best === undefined) return noProvider(entry.operationId)
    const why = `least-loaded of ${instances.length}`
    return { key: best, instanceId: best, local: false, target, why }
  }

  #pickPinned(
    entry: StoredEntry,
    provider: StoredProvider,
    tried: ReadonlySet<string>,
  ): Candidate | NoCandidate {
    if (provider.status === 'suspended') {
      return suspended(entry.operationId, provider, this.#options.suspendedMs)
    }
    if (provider.status === 'inactive') return noProvider(entry.operationId)
    return this.#candidate(provider, tried, 'pinned') ?? noProvider(entry.operationId)
  }

  #pickMember(
    entry: StoredEntry,
    principal: Identity,
    tried: ReadonlySet<string>,
  ): Candidate | NoCandidate {
    const { providers, operationId } = entry
    const now = performance.now()
    const from = Math.floor(Math.random() * providers.length)
    let best: StoredProvider | undefined
    let bestLoad = Infinity
    let looked = 0
    let waiting: StoredProvider | undefined
    for (let at = 0; at < providers.length && looked < SAMPLE_SIZE; at++) {
      const provider = providers[(from + at) % providers.length]
      if (provider === undefined || !serves(provider, principal)) continue
      if (provider.status === 'suspended') waiting = provider
      if (provider.status !== 'active' || this.#candidate(provider, tried, '') === undefined)
        continue
      looked++
      const load = this.#load(provider.spokeId, now)
      if (load >= bestLoad) continue
      best = provider
      bestLoad = load
    }
    if (best !== undefined) {
      return this.#candidate(best, tried, `least-loaded of ${looked}`) ?? noProvider(operationId)
    }
    return waiting === undefined
      ? noProvider(operationId)
      : suspended(operationId, waiting, this.#options.suspendedMs)
  }

  /** A member that may return with what it knows of the key is waited for; a member that has refused the call is passed over. */
  #pickByKey(
    { providers, operationId }: StoredEntry,
    principal: Identity,
    tried: ReadonlySet<string>,
    key: string,
  ): Candidate | NoCandidate {
    const members = providers.filter((one) => one.status !== 'inactive' && serves(one, principal))
    for (const member of membersOfKey(members, `${principal.id}\n${key}`)) {
      if (member.status === 'suspended')
        return suspended(operationId, member, this.#options.suspendedMs)
      const candidate = this.#candidate(member, tried, 'of its key')
      if (candidate !== undefined) return candidate
    }
    return noProvider(operationId)
  }

  #load(spokeId: string, now: number): number {
    const load = this.#atSpoke.get(spokeId)
    if (load === undefined) return 0
    return Math.max(load.mine, now - load.reportedAt < REPORT_MS ? load.reported : 0)
  }

  /** Undefined when the provider's instance is not live or was tried. */
  #candidate(
    provider: StoredProvider,
    tried: ReadonlySet<string>,
    why: string,
  ): Candidate | undefined {
    const { leases } = this.#options
    if (provider.instanceId === undefined) return undefined
    const info = leases.find(provider.instanceId)
    if (info === undefined) return undefined
    const key = `${provider.spokeId}/${provider.epoch}`
    if (tried.has(key)) return undefined
    const { spokeId, epoch, name } = provider
    return {
      key,
      instanceId: info.instanceId,
      local: info.instanceId === leases.instanceId && this.#options.servesSpokes(),
      target: { kind: 'spoke', spokeId, epoch, name },
      spokeId,
      why,
    }
  }
}

export function isCandidate(picked: Candidate | NoCandidate): picked is Candidate {
  return 'key' in picked
}

/** Milliseconds, of `windowMs`, in which a spoke that lost its connection `forMs` ago may still return; at least half a second. */
export function returnsInMs(forMs: number, windowMs: number): number {
  return Math.round(Math.max(500, windowMs - forMs))
}

function noProvider(operationId: string): NoCandidate {
  return { message: `No provider is available for ${operationId}.`, retryAfterMs: 1000 }
}

function suspended(operationId: string, provider: StoredProvider, windowMs: number): NoCandidate {
  return {
    message: `The provider of ${operationId} has lost its connection.`,
    retryAfterMs: returnsInMs(performance.now() - provider.sinceMs, windowMs),
    expected: true,
  }
}
