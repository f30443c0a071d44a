import { loadConfig } from '@alkdev/config'
import type { ConfigPaths } from '@alkdev/config'
import { openRedis, postgresTarget, primariesOf } from '@alkdev/service/admin'
import { checkSchemaLevel, openDatabase, readDatabaseClock, SCHEMA_LEVEL } from '@alkdev/storage'
import { checkClock } from './clock-checks.ts'
import { ok, note, wrong } from './finding.ts'
import type { Finding } from './finding.ts'
import { serviceOf } from './config-checks.ts'

/** The database of a config: whether it answers, whether this version works with its schema, and its clock. */
export async function checkPostgres(target: ConfigPaths): Promise<Finding[]> {
  const { postgres } = await loadConfig({ ...target, service: 'migrate' })
  await using database = await openDatabase(postgresTarget(postgres), {
    max: 1,
    applicationName: 'alkhub doctor',
  })
  await checkSchemaLevel(database.db)
  const fits = ok('database', `It answers, and its schema fits level ${SCHEMA_LEVEL}.`)
  return [fits, await checkClock('PostgreSQL', () => readDatabaseClock(database.db))]
}

/** The Redis of a config: whether it answers, whether its settings keep the bus whole, and its clock. */
export async function checkRedis(target: ConfigPaths): Promise<Finding[]> {
  const service = serviceOf(target.path)
  const { redis } = await loadConfig({
    ...target,
    service: service === 'migrate' ? 'gateway' : service,
  })
  const connection = await openRedis(redis, 'alkhub:doctor')
  try {
    const clock = await checkClock('Redis', async () => {
      const [seconds, microseconds] = await connection.time()
      return Number(seconds) * 1000 + Number(microseconds) / 1000
    })
    const settings = await Promise.all(
      primariesOf(connection).map((server) =>
        server.config('GET', 'maxmemory-policy', 'client-output-buffer-limit').then(
          (answer) => settingsOf(answer as string[]),
          () => undefined,
        ),
      ),
    )
    const known = settings.filter((one) => one !== undefined)
    if (known.length < settings.length)
      return [
        note(
          'redis',
          'It answers, but its settings may not be read.',
          'Allow the user `+config|get`.',
        ),
        clock,
      ]
    // The nodes of a cluster mostly have the same faults.
    const findings = new Map(known.flatMap(redisFindings).map((finding) => [finding.says, finding]))
    const faults = [...findings.values()].filter(({ state }) => state !== 'ok')
    return [...(faults.length > 0 ? faults : findings.values()), clock]
  } finally {
    connection.disconnect()
  }
}

function settingsOf(answer: readonly string[]): Readonly<Record<string, string>> {
  const pairs = answer.flatMap((name, index) =>
    index % 2 === 0 ? [[name, answer[index + 1] ?? ''] as const] : [],
  )
  return Object.fromEntries(pairs)
}

const MIB = 1024 * 1024
/** The output buffer limits that the bus needs: bytes at which a slow subscriber is cut off, at once and after a time in seconds. */
const pubsub = { hard: 256 * MIB, soft: 64 * MIB, seconds: 10 }

/** Checks the settings of a Redis for the bus and the queues. */
export function redisFindings(settings: Readonly<Record<string, string>>): Finding[] {
  const findings: Finding[] = []
  const policy = settings['maxmemory-policy']
  if (policy !== 'noeviction')
    findings.push(
      wrong(
        'redis',
        `maxmemory-policy is ${policy ?? 'unknown'}: Redis may drop jobs and leases.`,
        'Set `maxmemory-policy noeviction` in its configuration.',
      ),
    )
  const limits = settings['client-output-buffer-limit'] ?? ''
  const [, hard = '', soft = '', seconds = ''] = /pubsub (\d+) (\d+) (\d+)/.exec(limits) ?? []
  // 0 means no limit.
  const low = (value: string, least: number): boolean =>
    value === '' || (Number(value) !== 0 && Number(value) < least)
  if (
    low(hard, pubsub.hard) ||
    low(soft, pubsub.soft) ||
    (soft !== '0' && Number(seconds) < pubsub.seconds)
  )
    findings.push(
      wrong(
        'redis',
        'client-output-buffer-limit for pubsub is too low: a burst of messages cuts services off.',
        'Set `client-output-buffer-limit pubsub 256mb 64mb 10` in its configuration.',
      ),
    )
  return findings.length > 0 ? findings : [ok('redis', 'It answers, and its settings fit.')]
}
