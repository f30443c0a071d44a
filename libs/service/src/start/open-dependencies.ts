import type { CallRecord, ServiceName, Tracer } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import {
  checkSchemaLevel,
  createDrizzleKeyStore,
  insertCallRecords,
  openDatabase,
} from '@alkdev/storage'
import type { Database, Db } from '@alkdev/storage'
import { clockSkewMs } from '@alkdev/std'
import type { RedisConnection } from '@alkdev/redis'
import type { Logger } from 'pino'
import { createCallRecorder } from '../audit/call-recorder.ts'
import type { CallRecorder } from '../audit/call-recorder.ts'
import { EndedCallsAnnouncer } from '../calls/announce-ended-calls.ts'
import type { EndedCall } from '../calls/announce-ended-calls.ts'
import { identityChanges } from './change-sources.ts'
import { createIdentityCache } from '../identity/identity-cache.ts'
import type { IdentityCache } from '../identity/identity-cache.ts'
import { createLogger } from '../telemetry/logger.ts'
import { keepSharedClock } from './keep-shared-clock.ts'
import { METRICS } from '../telemetry/metric-definitions.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { openTraces } from '../telemetry/traces/open-traces.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { postgresTarget } from './postgres-target.ts'
import { openRedis } from './open-redis.ts'
import type { CommonConfig, IdentityChangeNotice, StartOverrides } from './service-runtime.ts'
import type { StartSteps } from './start-steps.ts'
import type { Teardown } from './teardown.ts'

/** The dependencies of the bus: log, metrics, Postgres, Redis, and the key cache of this process. */
export interface Dependencies {
  readonly logger: Logger
  readonly metrics: Metrics
  /** Undefined where traces are off. */
  readonly tracer: Tracer | undefined
  readonly db: Db
  readonly openLane: Database['openLane']
  readonly redis: RedisConnection
  readonly identities: IdentityCache
  readonly recorder: CallRecorder
  /** The current problem of PostgreSQL, as a sentence. */
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

/** `onWritten` gets the calls whose records were written. */
function openRecorder(
  db: Db,
  logger: Logger,
  metrics: Metrics,
  onWritten: (calls: readonly EndedCall[]) => void,
): CallRecorder {
  const refused = metrics.counter(METRICS.recordsRefused)
  const recorder = createCallRecorder({
    async insert(records: readonly CallRecord[]) {
      const { rejected } = await insertCallRecords(db, records)
      onWritten(
        records.map(({ header: { callId, principal } }) => ({
          callId,
          accountId: principal.id,
        })),
      )
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

/** Opens the dependencies of the bus step by step, and registers their closing with the teardown. Throws OperatorError. */
export async function openDependencies(input: DependenciesInput): Promise<Dependencies> {
  const { name, config, overrides, steps, teardown, signal } = input
  const { logger, metrics, traces } = await steps.run('logger', async () => {
    const { logDestination: destination } = overrides
    const logger = createLogger({ ...config.logging, name, ...compact({ destination }) })
    input.onLogger(logger)
    steps.onDone((step, durationMs) =>
      logger.info({ step, durationMs: Math.round(durationMs) }, 'started'),
    )
    const metrics = createMetrics(name)
    const { traces } = config.telemetry
    return {
      logger,
      metrics,
      traces: traces && (await openTraces({ name, traces, logger, metrics })),
    }
  })
  if (traces !== undefined) teardown.add('traces', () => traces.close())

  let announcer: EndedCallsAnnouncer | undefined
  const onWritten = (calls: readonly EndedCall[]): void => void announcer?.announce(calls)
  const { database, identities, recorder } = await steps.run('postgres', async () => {
    const { maxConnections, connectTimeoutMs, statementTimeoutMs } = config.postgres
    const database = await openDatabase(postgresTarget(config.postgres), {
      signal,
      max: maxConnections,
      connectTimeoutMs,
      statementTimeoutMs,
      applicationName: `alkhub ${name}`,
      ...compact({ onStatement: traces?.onStatement }),
    })
    teardown.add('postgres', () => database.close())
    await checkSchemaLevel(database.db)
    const clock = new AbortController()
    teardown.add('shared clock', () => clock.abort())
    await keepSharedClock(database.db, clock.signal, {
      onJump: (byMs) =>
        logger.warn({ byMs }, 'the clock of PostgreSQL jumped, or this machine was asleep'),
    })
    metrics.collect(METRICS.clockSkew, () => clockSkewMs() / 1000)
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
    const connection = await openRedis(config.redis, `alkhub:${name}`)
    teardown.add('redis', () => connection.disconnect())
    announcer = new EndedCallsAnnouncer({ redis: connection, prefix: config.redis.prefix })
    return connection
  })
  return {
    logger,
    metrics,
    tracer: traces?.tracer,
    db: database.db,
    openLane: (text) => database.openLane(text),
    redis,
    identities,
    recorder,
    get databaseTrouble() {
      return database.trouble
    },
  }
}
