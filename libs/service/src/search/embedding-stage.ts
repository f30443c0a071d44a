import type { Bus, Nearest } from '@alkdev/bus'
import type { SearchConfig } from '@alkdev/config'
import type { RedisConnection } from '@alkdev/redis'
import type { Logger } from 'pino'
import { embedOperations } from './embed-operations.ts'
import type { EmbedOperationsParts } from './embed-operations.ts'
import { OperationVectors } from './operation-vectors.ts'
import { QueryVectors } from './query-vectors.ts'
import { embeddingsOf } from './request-embeddings.ts'
import { VectorCache } from './vector-cache.ts'

/** The second stage of the search. */
export interface SearchStage {
  /** The operations that are near a query; undefined when the stage has no answer in time. Never rejects. */
  nearestTo(query: string): Promise<Nearest | undefined>
}

export interface EmbeddingStageParts {
  readonly search: SearchConfig
  readonly bus: Pick<Bus, 'directory' | 'instances'>
  readonly redis: RedisConnection
  /** The deployment's in Redis, without a colon at the end. */
  readonly prefix: string
  readonly logger: Pick<Logger, 'info' | 'warn'>
  /** For tests. */
  readonly pauses?: Pick<EmbedOperationsParts, 'lookMs' | 'retryMs'>
}

/** Finds operations by embeddings of their texts, which it makes in the background after `start`. */
export class EmbeddingStage implements SearchStage {
  readonly #vectors: OperationVectors
  readonly #queries: QueryVectors
  readonly #embedAll: (signal: AbortSignal) => Promise<void>
  readonly #stopped = new AbortController()
  #work: Promise<void> | undefined

  /** Undefined without `search.embeddings`. */
  static open(parts: EmbeddingStageParts): EmbeddingStage | undefined {
    const { embeddings: model, key } = parts.search
    return model === undefined || key === undefined
      ? undefined
      : new EmbeddingStage(parts, { model, key })
  }

  private constructor(
    { search, bus, redis, prefix, logger, pauses }: EmbeddingStageParts,
    model: Parameters<typeof embeddingsOf>[1],
  ) {
    const embed = embeddingsOf(bus, model)
    const vectors = new OperationVectors(bus.directory)
    const cache = new VectorCache(redis, prefix, model.model)
    const onFailed = (what: string) => (err: unknown) =>
      logger.warn({ err, model: model.model }, `${what} could not be embedded`)
    this.#vectors = vectors
    this.#queries = new QueryVectors({
      embed,
      timeoutMs: search.queryTimeoutMs,
      onFailed: onFailed('a query'),
    })
    this.#embedAll = (signal) =>
      embedOperations(
        {
          vectors,
          cache,
          embed,
          isReachable: () => bus.instances('inference-proxy').length > 0,
          onFailed: onFailed('operations'),
          onComplete: () => logger.info({ model: model.model }, 'all operations are embedded'),
          ...pauses,
        },
        signal,
      )
  }

  start(): void {
    this.#work ??= this.#embedAll(this.#stopped.signal)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#work
  }

  async nearestTo(query: string): Promise<Nearest | undefined> {
    if (this.#vectors.isEmpty) return undefined
    const vector = await this.#queries.of(query, this.#stopped.signal)
    return vector && this.#vectors.nearest(vector)
  }
}
