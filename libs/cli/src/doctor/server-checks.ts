import { loadConfig } from '@alkdev/config'
import type { ConfigPaths } from '@alkdev/config'
import { openRedis, postgresTarget } from '@alkdev/service/admin'
import { checkSchemaLevel, openDatabase, SCHEMA_LEVEL } from '@alkdev/storage'
import { ok, note, wrong } from './finding.ts'
import type { Finding } from './finding.ts'
import { serviceOf } from './config-checks.ts'

/** The database of a config: whether it answers, and whether this version works with its schema. */
export async function checkPostgres(target: ConfigPaths): Promise<Finding[]> {
  const { postgres } = await loadConfig({ ...target, service: 'migrate' })
  await using database = await openDatabase(postgresTarget(postgres), {
    max: 1,
    applicationName: 'alkhub doctor',
  })
  await checkSchemaLevel(database.db)
  return [ok('database', `It answers, and its schema fits level ${SCHEMA_LEVEL}.`)]
}

/** The Redis of a config: whether it answers, and whether its settings keep the bus whole. */
export async function checkRedis(target: ConfigPaths): Promise<Finding[]> {
  const service = serviceOf(target.path)
  const { redis } = await loadConfig({
    ...target,
    service: service === 'migrate' ? 'gateway' : service,
  })
  const connection = await openRedis(redis, 'alkhub doctor')
  try {
    const settings = await connection
      .config('GET', 'maxmemory-policy', 'client-output-buffer-limit')
      .then(
        (answer) => settingsOf(answer as string[]),
        () => undefined,
      )
    if (settings === undefined)
      return [
        note(
          'redis',
          'It answers, but its settings may not be read.',
          'Allow the user `+config|get`.',
        ),
      ]
    return redisFindings(settings)
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
/** What the bus needs: bytes at which a slow subscriber is cut off, at once and after a time in seconds. */
const pubsub = { hard: 256 * MIB, soft: 64 * MIB, seconds: 10 }

/** What the settings of a Redis mean for the bus and the queues. */
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
  // 0 stands for no limit.
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
