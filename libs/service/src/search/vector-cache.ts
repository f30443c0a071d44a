import { createHash } from 'node:crypto'
import { readVector, writeVector } from './vector.ts'
import type { Vector } from './vector.ts'

const KEPT_SECONDS = 30 * 86_400
/** Longer than a batch may take. */
const LOCK_MS = 60_000

/** The commands of Redis that keep vectors. */
export interface VectorRedis {
  get(key: string): Promise<string | null>
  set(key: string, value: string, unit: 'EX', seconds: number): Promise<unknown>
  set(key: string, value: string, unit: 'PX', ms: number, only: 'NX'): Promise<unknown>
  del(key: string): Promise<unknown>
}

/** The vectors of texts by their hash, in Redis for 30 days: each text of a deployment is embedded once, by one process at a time. */
export class VectorCache {
  readonly #redis: VectorRedis
  readonly #prefix: string

  /** `prefix` is the deployment's in Redis, without a colon at the end. Vectors of another model are others. */
  constructor(redis: VectorRedis, prefix: string, model: string) {
    this.#redis = redis
    this.#prefix = `${prefix}:search:${hashOf(model)}`
  }

  /** Rejects when Redis does. */
  async read(hashes: readonly string[]): Promise<ReadonlyMap<string, Vector>> {
    const found = new Map<string, Vector>()
    if (hashes.length === 0) return found
    // One by one: on a Redis Cluster they lie on different nodes.
    const texts = await Promise.all(hashes.map((hash) => this.#redis.get(this.#keyOf(hash))))
    for (const [at, hash] of hashes.entries()) {
      const text = texts[at]
      const vector = typeof text === 'string' ? readVector(text) : undefined
      if (vector !== undefined) found.set(hash, vector)
    }
    return found
  }

  async write(vectors: ReadonlyMap<string, Vector>): Promise<void> {
    await Promise.all(
      [...vectors].map(([hash, vector]) =>
        this.#redis.set(this.#keyOf(hash), writeVector(vector), 'EX', KEPT_SECONDS),
      ),
    )
  }

  /** The right to embed one batch, which `free` gives back; undefined while another process has it. */
  async lock(): Promise<{ free(): Promise<void> } | undefined> {
    const key = `${this.#prefix}:lock`
    if ((await this.#redis.set(key, '1', 'PX', LOCK_MS, 'NX')) === null) return undefined
    return { free: async () => void (await this.#redis.del(key)) }
  }

  #keyOf(hash: string): string {
    return `${this.#prefix}:${hash}`
  }
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 24)
}
