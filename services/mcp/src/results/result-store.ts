import { randomUUID } from 'node:crypto'
import type { Identity } from '@alkdev/operations'

const KEPT_SECONDS = 600
/** Results of one account that are kept; the next one replaces the oldest. */
const MAX_PER_CALLER = 16
/** Characters of a result that is kept, and of one range of it. */
const MAX_LENGTH = 4 * 1024 * 1024
export const RANGE_LENGTH = 64 * 1024

const URI = /^alkhub:\/\/results\/(\d{1,2}\.[0-9a-f-]{36})(?:\?offset=(\d{1,9}))?$/
export const RESULT_URI_TEMPLATE = 'alkhub://results/{id}{?offset}'

/** The commands of Redis that keep results. */
export interface ResultRedis {
  incr(key: string): Promise<number>
  expire(key: string, seconds: number): Promise<unknown>
  get(key: string): Promise<string | null>
  set(key: string, value: string, unit: 'EX', seconds: number): Promise<unknown>
}

/** A range of a kept result. Offsets and lengths are characters (UTF-16 code units). */
export interface ResultRange {
  readonly text: string
  readonly total: number
  /** Absent at the end. */
  readonly nextOffset?: number
}

/**
 * Long texts of results, for ten minutes, in Redis, so that each replica can answer. An account has at most 16, of 4 Mi characters each, and
 * only the key that got one reads it: another key may not have the right to the operation.
 */
export class ResultStore {
  readonly #redis: ResultRedis
  readonly #prefix: string

  /** `prefix` is the deployment's in Redis, without a colon at the end. */
  constructor(redis: ResultRedis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  /** Keeps a text and returns its URI; undefined for a text that is too long. Rejects when Redis does. */
  async keep(identity: Identity, text: string): Promise<string | undefined> {
    if (text.length > MAX_LENGTH) return undefined
    const counter = `${this.#prefix}:mcp:results:${identity.id}`
    const slot = (await this.#redis.incr(counter)) % MAX_PER_CALLER
    const id = `${slot}.${randomUUID()}`
    await this.#redis.set(
      this.#keyOf(identity, slot),
      `${headOf(id, identity)}${text}`,
      'EX',
      KEPT_SECONDS,
    )
    await this.#redis.expire(counter, 2 * KEPT_SECONDS)
    return `alkhub://results/${id}`
  }

  /** The range that begins at the offset in the URI; undefined when the caller has no such result, or no longer. */
  async read(identity: Identity, uri: string): Promise<ResultRange | undefined> {
    const [, id, offset = '0'] = URI.exec(uri) ?? []
    if (id === undefined) return undefined
    const kept = await this.#redis.get(this.#keyOf(identity, Number.parseInt(id, 10)))
    const head = headOf(id, identity)
    if (kept?.startsWith(head) !== true) return undefined
    return rangeOf(kept.slice(head.length), Number(offset))
  }

  #keyOf(identity: Identity, slot: number): string {
    return `${this.#prefix}:mcp:result:${identity.id}:${slot}`
  }
}

/** At most 64 Ki characters from an offset. A range does not end within a surrogate pair. */
export function rangeOf(whole: string, offset: number): ResultRange {
  let end = Math.min(offset + RANGE_LENGTH, whole.length)
  if (end < whole.length && /[\uD800-\uDBFF]/.test(whole[end - 1] ?? '')) end -= 1
  const text = whole.slice(offset, end)
  const total = whole.length
  return end < total ? { text, total, nextOffset: end } : { text, total }
}

/** What a kept text begins with: its id, and the key that may read it. */
function headOf(id: string, { keyId = '' }: Identity): string {
  return `${id} ${keyId} `
}
