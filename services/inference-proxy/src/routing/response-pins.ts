import { createHash } from 'node:crypto'
import type { ServiceRuntime } from '@alkdev/service'
import { CodedError } from '@alkdev/errors'
import { withTimeout } from '@alkdev/std'
import { listOf, member, plainText } from '../usage/usage.ts'
import type { Pin } from './candidate.ts'

/** Milliseconds that a request waits for Redis. */
const PATIENCE_MS = 500
/** Ids of one request or answer that are looked at. */
const MAX_IDS = 64
const MAX_ID_CHARACTERS = 512
/** Ids of one answer that are kept, however many events it has. */
const MAX_KEPT = 1000

/** The connection that the pins are kept on. */
export type PinRedis = Pick<ServiceRuntime['redis'], 'get' | 'set'>

export interface ResponsePinsOptions {
  readonly redis: PinRedis
  /** Of the deployment, without a colon at the end. */
  readonly prefix: string
  /** Milliseconds for which a pin is kept after its last use. */
  readonly pinMs: number
  readonly onError: (error: unknown) => void
}

/** The ids that a request for a response refers to. */
export interface ReferredIds {
  /** The response that it continues. */
  readonly previous: string | undefined
  /** Items of earlier answers, the last ones. */
  readonly items: readonly string[]
  /** Those of them that the provider is to look up: the request does not hold them. */
  readonly references: readonly string[]
}

/** Reads the ids that a request refers to. `body`: the parsed request. */
export function referredIds(body: unknown): ReferredIds {
  const previous = idOf(member(body, 'previous_response_id'))
  const input = listOf(member(body, 'input'))
  const items = input.flatMap((item) => idOf(member(item, 'id')) ?? [])
  const references = input.flatMap((item) =>
    member(item, 'type') === 'item_reference' ? plainText(item, 'id') : [],
  )
  return { previous, items: items.slice(-MAX_IDS), references }
}

/** The ids that an answer or an event of a stream makes known. `data`: parsed. */
export function madeIds(data: unknown): string[] {
  const response = member(data, 'response') ?? data
  const id = member(response, 'object') === 'response' ? idOf(member(response, 'id')) : undefined
  const items = listOf(member(response, 'output')).flatMap((item) => idOf(member(item, 'id')) ?? [])
  const item = idOf(member(member(data, 'item'), 'id'))
  return [...(id === undefined ? [] : [id]), ...(item === undefined ? [] : [item]), ...items].slice(
    0,
    MAX_IDS,
  )
}

/** Adds ids to those of one answer and returns the new ones. Those beyond the first 1,000 are left out. */
export function addNewIds(known: Set<string>, ids: readonly string[]): string[] {
  const added = [...new Set(ids)].filter((id) => !known.has(id)).slice(0, MAX_KEPT - known.size)
  for (const id of added) known.add(id)
  return added
}

function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_CHARACTERS
    ? value
    : undefined
}

/**
 * Which provider and key made a response and its items, for each account by itself. They are in Redis, for all replicas. An id that is not
 * there any more is unknown.
 */
export class ResponsePins {
  readonly #options: ResponsePinsOptions

  constructor(options: ResponsePinsOptions) {
    this.#options = options
  }

  /** The pin of the first id that is known. Throws UNAVAILABLE when Redis cannot be asked. */
  async find(accountId: string, ids: readonly string[]): Promise<Pin | undefined> {
    const found = await this.#read(accountId, ids)
    const [providerId, keyName = ''] = (found.find((one) => one !== null) ?? '').split('#')
    return providerId ? { providerId, keyName } : undefined
  }

  /** The first id that is not known for the account; undefined when all are. Throws UNAVAILABLE when Redis cannot be asked. */
  async unknown(accountId: string, ids: readonly string[]): Promise<string | undefined> {
    const all = [...new Set(ids)]
    const found = await this.#read(accountId, all)
    return all.find((_, at) => found[at] === null)
  }

  async #read(accountId: string, ids: readonly string[]): Promise<(string | null)[]> {
    if (ids.length === 0) return []
    const keys = ids.map((id) => this.#keyOf(accountId, id))
    try {
      // One by one: on a Redis Cluster they lie on different nodes.
      const answer = Promise.all(keys.map((key) => this.#options.redis.get(key)))
      return await withTimeout(answer, { ms: PATIENCE_MS, what: 'The answer of Redis' })
    } catch (cause) {
      this.#options.onError(cause)
      throw new CodedError(
        'UNAVAILABLE',
        'The hub cannot look up now where the conversation was answered; ask again.',
        { cause, retryAfterMs: 1000 },
      )
    }
  }

  /** Remembers where ids were made. Reports a failure and never rejects. */
  async keep(accountId: string, ids: readonly string[], pin: Pin): Promise<void> {
    if (ids.length === 0) return
    const { redis, pinMs, onError } = this.#options
    try {
      const value = `${pin.providerId}#${pin.keyName}`
      const written = ids.map((id) => redis.set(this.#keyOf(accountId, id), value, 'PX', pinMs))
      await withTimeout(Promise.all(written), { ms: PATIENCE_MS, what: 'The answer of Redis' })
    } catch (error) {
      onError(error)
    }
  }

  #keyOf(accountId: string, id: string): string {
    const hash = createHash('sha256').update(accountId).update('\0').update(id).digest('base64url')
    return `${this.#options.prefix}:inference:pin:${hash.slice(0, 27)}`
  }
}
