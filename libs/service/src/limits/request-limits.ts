import type { Authenticated, StoredRequestLimits } from '@alkdev/contracts'
import type { LimitBucket, LimitWindow } from './limit-script.ts'

/** Requests; 0 = no limit. */
export interface SubjectLimits {
  readonly key: number
  readonly account: number
  readonly organization: number
}

/** The limits of the config, for holders without stored limits. */
export interface RequestLimits {
  readonly requestsPerMinute: SubjectLimits
  readonly requestsPerDay: SubjectLimits
  readonly requestsPerMonth: SubjectLimits
}

/** Maximum organizations of an account that are counted; more would slow down the round trip. */
const MAX_ORGS = 16

const WINDOWS = [
  { window: 'minute', config: 'requestsPerMinute', own: 'perMinute' },
  { window: 'day', config: 'requestsPerDay', own: 'perDay' },
  { window: 'month', config: 'requestsPerMonth', own: 'perMonth' },
] as const satisfies readonly {
  window: LimitWindow
  config: keyof RequestLimits
  own: keyof StoredRequestLimits
}[]

/** The counters of each holder of a key, by the limits that are stored for it and those of the configuration. */
export class LimitTable {
  readonly #config: RequestLimits
  readonly #prefix: string
  /** One list per cached key: built once, and the same object as long as the limits are the same. */
  readonly #known = new WeakMap<Authenticated, readonly LimitBucket[]>()

  /** `prefix` is the deployment's in Redis, without a colon at the end. */
  constructor(config: RequestLimits, prefix: string) {
    this.#config = config
    this.#prefix = prefix
  }

  /** Empty when no limit applies. */
  bucketsOf(authenticated: Authenticated): readonly LimitBucket[] {
    let buckets = this.#known.get(authenticated)
    if (buckets === undefined)
      this.#known.set(authenticated, (buckets = this.#build(authenticated)))
    return buckets
  }

  #build({ identity, limits: own }: Authenticated): readonly LimitBucket[] {
    const { id, keyId, orgIds = [] } = identity
    return [
      ...(keyId === undefined ? [] : this.bucketsFor('key', keyId, own?.key, own?.countedAs)),
      ...this.bucketsFor('account', id, own?.account),
      ...orgIds
        .slice(0, MAX_ORGS)
        .flatMap((orgId) => this.bucketsFor('organization', orgId, own?.organizations[orgId])),
    ]
  }

  /** The counters of one key, account or organization, with its stored limits if any. `countedAs`: the holder whose count it shares. */
  bucketsFor(
    of: LimitBucket['of'],
    id: string,
    limits: StoredRequestLimits | undefined,
    countedAs = id,
  ): readonly LimitBucket[] {
    return WINDOWS.flatMap(({ window, config, own }) => {
      const limit = limits?.[own] ?? this.#config[config][of]
      if (limit === 0) return []
      const redisKey = `${this.#prefix}:${window === 'minute' ? 'rate' : `quota:${window}`}:${of}:${countedAs}`
      return [{ of, id, window, limit, redisKey }]
    })
  }
}
