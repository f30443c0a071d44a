import { sleep } from '@alkdev/std'
import type { OperationVectors } from './operation-vectors.ts'
import type { Embed } from './request-embeddings.ts'
import type { VectorCache } from './vector-cache.ts'

/** Texts of one request. */
const BATCH = 32
/** Texts that are looked up in the cache at once. */
const LOOKED_UP = 512
const BATCH_MS = 30_000
const MAX_PAUSE_MS = 300_000

export interface EmbedOperationsParts {
  readonly vectors: OperationVectors
  readonly cache: Pick<VectorCache, 'read' | 'write' | 'lock'>
  readonly embed: Embed
  /** False: there is nothing to send texts to yet. */
  readonly isReachable: () => boolean
  /** The first failure after a success, or after the start. */
  readonly onFailed: (error: unknown) => void
  /** All operations have vectors. */
  readonly onComplete: () => void
  /** Milliseconds between two readings of the operations. Default 2000. */
  readonly lookMs?: number
  /** Milliseconds after a first failure; twice as long after each further one, at most five minutes. Default 5000. */
  readonly retryMs?: number
}

/**
 * Gives each operation its vector until the signal aborts: from the cache, or else from the model, in batches, with one request at a time in the
 * deployment. Texts of a batch that failed come last and one by one, so that a text that the model refuses holds up no other. Never rejects.
 */
export async function embedOperations(
  parts: EmbedOperationsParts,
  signal: AbortSignal,
): Promise<void> {
  const { vectors, cache, embed, lookMs = 2000, retryMs = 5000 } = parts
  const refused = new Map<string, number>()
  const refusalsOf = ([hash]: readonly [string, string]): number => refused.get(hash) ?? 0
  let failures = 0
  let isComplete = false

  async function embedBatch(batch: readonly (readonly [string, string])[]): Promise<void> {
    const texts = batch.map(([, text]) => text)
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(BATCH_MS)])
      const found = await embed(texts, limit)
      const byHash = new Map(
        batch.flatMap(([hash], at) => {
          const vector = found[at]
          return vector === undefined ? [] : [[hash, vector] as const]
        }),
      )
      vectors.add(byHash)
      await cache.write(byHash)
    } catch (error) {
      for (const item of batch) refused.set(item[0], refusalsOf(item) + 1)
      throw error
    }
    for (const [hash] of batch) refused.delete(hash)
  }

  /** Returns the pause until the next step. */
  async function step(): Promise<number> {
    vectors.follow()
    const missing = vectors.missing().toSorted((a, b) => refusalsOf(a) - refusalsOf(b))
    if (missing.length === 0) {
      if (!isComplete) parts.onComplete()
      isComplete = true
      return lookMs
    }
    isComplete = false
    const next = missing.slice(0, LOOKED_UP)
    const cached = await cache.read(next.map(([hash]) => hash))
    vectors.add(cached)
    const unknown = next.filter(([hash]) => !cached.has(hash))
    const [first] = unknown
    if (first === undefined) return 0
    if (!parts.isReachable()) return lookMs
    const lock = await cache.lock()
    // Another process is at it: its vectors are in the cache soon.
    if (lock === undefined) return lookMs
    try {
      const batch = unknown.filter((item) => refusalsOf(item) === 0).slice(0, BATCH)
      await embedBatch(batch.length > 0 ? batch : [first])
    } finally {
      await lock.free()
    }
    failures = 0
    return 0
  }

  async function pauseAfterStep(): Promise<number> {
    try {
      return await step()
    } catch (error) {
      if (signal.aborted) return 0
      if (failures === 0) parts.onFailed(error)
      failures += 1
      return Math.min(MAX_PAUSE_MS, retryMs * 2 ** (failures - 1))
    }
  }

  /* oxlint-disable no-await-in-loop -- one step after the other */
  while (!signal.aborted) {
    const pauseMs = await pauseAfterStep()
    await sleep(pauseMs, signal).catch(() => undefined)
  }
  /* oxlint-enable no-await-in-loop */
}
