import type { CallRecord, ServiceName } from '@alkdev/contracts'
import {
  checkSchemaLevel,
  createDrizzleKeyStore,
  insertCallRecords,
  openDatabase,
} from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { createCallRecorder } from '../audit/call-recorder.ts'
import type { CallRecorder } from '../audit/call-recorder.ts'
import { announceEndedCalls } from '../calls/ended-calls.ts'
import { identityChanges } from './change-sources.ts'
import { createIdentityCache } from '../identity/identity-cache.ts'
import type { IdentityCache } from '../identity/identity-cache.ts'
import { createLogger } from '../telemetry/logger.ts'
import { METRICS } from '../telemetry/metric-definitions.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { postgresTarget } from './postgres-target.ts'
import { openRedis } from './open-redis.ts'
import type { CommonConfig, IdentityChangeNotice, StartOverrides } from './service-runtime.ts'
import type { StartSteps } from './start-steps.ts'
import type { Teardown } from './teardown.ts'

/** What lies below the bus: log, metrics, Postgres, Redis, and what this process knows of keys. */
export interface Dependencies {
  readonly logger: Logger
  readonly metrics: Metrics
  readonly db: Db
  readonly redis: Redis
  readonly identities: IdentityCache
  readonly recorder: CallRecorder
  /** What PostgreSQL lacks now, as a sentence. */
  readonly databaseTrouble: string | undefined
}

export interface DependenciesInput {
  readonly name: ServiceName
  readonly config: CommonConfig
  readonly overrides: StartOverrides
  readonly steps: StartSteps
  readonly teardown: Teardown
  readonly signal: AbortSignal
  readonly onLogger: (logger: Logger) => void
  readonly onIdentityChange: (change: IdentityChangeNotice) => void
}

/** `onWritten` gets the ids of calls whose records were written. */
function openRecorder(
  db: Db,
  logger: Logger,
  metrics: Metrics,
  onWritten: (ids: readonly string[]) => void,
): CallRecorder {
  const refused = metrics.counter(METRICS.recordsRefused)
  const recorder = createCallRecorder({
    async insert(records: readonly CallRecord[]) {
      const { rejected } = await insertCallRecords(db, records)
      onWritten(records.map(({ header }) => header.callId))
      refused.inc(rejected.length)
      for (const { callId, error } of rejected) {
        logger.warn({ err: error, callId }, 'a call could not be recorded')
      }
    },
    onError: (error, held) => logger.warn({ err: error, held }, 'calls could not be recorded'),
  })
  const { counters } = recorder
  metrics.collect(METRICS.recordsHeld, () => recorder.held)
  metrics.collect(METRICS.recordsWritten, () => counters.written)
  metrics.collect(METRICS.recordsDropped, () => counters.rowsDropped)
  metrics.collect(METRICS.recordPayloadsDropped, () => counters.payloadsDropped)
  metrics.collect(METRICS.recordBatchesFailed, () => counters.failedBatches)
  return recorder
}

/** Opens what lies below the bus, step by step, and hands what must be closed to the teardown. Throws OperatorError. */
export async function openDependencies(input: DependenciesInput): Promise<Dependencies> {
  const { name, config, overrides, steps, teardown, signal } = input
  const { logger, metrics } = await steps.run('logger', () => {
    const { logDestination: destination } = overrides
    const logger = createLogger({ ...config.logging, name, ...(destination && { destination }) })
    input.onLogger(logger)
    steps.onDone((step, durationMs) =>
      logger.info({ step, durationMs: Math.round(durationMs) }, 'started'),
    )
    return { logger, metrics: createMetrics(name) }
  })

  let announced: Redis | undefined
  const onWritten = (ids: readonly string[]): void => {
    if (announced !== undefined) announceEndedCalls(announced, config.redis.prefix, ids)
  }
  const { database, identities, recorder } = await steps.run('postgres', async () => {
    const { maxConnections, connectTimeoutMs, statementTimeoutMs } = config.postgres
    const database = await openDatabase(postgresTarget(config.postgres), {
      signal,
      max: maxConnections,
      connectTimeoutMs,
      statementTimeoutMs,
      applicationName: `alkhub ${name}`,
    })
    teardown.add('postgres', () => database.close())
    await checkSchemaLevel(database.db)
    const identities = createIdentityCache({
      storage: createDrizzleKeyStore(database.db),
      readChanges: identityChanges(database.db),
      maxEntries: config.limits.keyCacheEntries,
      ttlMs: config.limits.keyCacheTtlMs,
      logger,
      metrics,
      onChange: input.onIdentityChange,
    })
    teardown.add('change list', () => identities.stop())
    await identities.changes.start()
    const recorder = overrides.recorder ?? openRecorder(database.db, logger, metrics, onWritten)
    teardown.add('call records', (closing) => recorder.stop(closing))
    return { database, identities, recorder }
  })

  const redis = await steps.run('redis', async () => {
    const connection = await openRedis(config.redis, `alkhub ${name}`)
    teardown.add('redis', () => connection.disconnect())
    announced = connection
    return connection
  })
  return {
    logger,
    metrics,
    db: database.db,
    redis,
    identities,
    recorder,
    get databaseTrouble() {
      return database.trouble
    },
  }
}
