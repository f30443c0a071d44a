import { readLeases } from '@alkdev/bus'
import type { ReportedInstance } from '@alkdev/bus'
import { serviceSections } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import type { RedisConnection } from '@alkdev/redis'
import { openRedis } from '../start/open-redis.ts'
import type { CommonConfig } from '../start/service-runtime.ts'

/** How long a start waits for an instance with another key ring to stop, and the time between two checks. */
const START_WAIT_MS = 5000
const START_LOOK_MS = 250

/** An instance of a service that opens sealed values. */
export type KeyHolder = ReportedInstance

type BusPlace = Pick<CommonConfig, 'redis' | 'bus'>

/**
 * The instances that open sealed values, including those that have not renewed their lease for up to ten minutes. Rejects when Redis does
 * not answer.
 */
async function readKeyHolders(
  redis: RedisConnection,
  { redis: place, bus }: BusPlace,
): Promise<KeyHolder[]> {
  const keys = [bus.key, ...(bus.previousKey === undefined ? [] : [bus.previousKey])]
  const busKey = keys.map((key) => key.reveal())
  const all = await readLeases(redis, { prefix: place.prefix, busKey })
  return all.filter(({ service }) =>
    (serviceSections[service] as readonly string[]).includes('encryptionKeys'),
  )
}

/** As `readKeyHolders`, for a command: opens its own connection. Throws OperatorError when Redis is unreachable. */
export async function askKeyHolders(config: BusPlace, name: string): Promise<KeyHolder[]> {
  const redis = await openRedis(config.redis, `alkhub:${name}`)
  try {
    return await readKeyHolders(redis, config)
  } catch (cause) {
    throw new OperatorError(
      'Redis did not say which instances run.',
      'Start Redis, or correct `redis` of the config file; then run this again.',
      { cause },
    )
  } finally {
    redis.disconnect()
  }
}

/** Throws an OperatorError that names every instance that can't open what the key `version` seals. */
export function requireAllCanOpen(holders: readonly KeyHolder[], version: number): void {
  const lacking = holders.filter(({ keyVersions }) => keyVersions?.includes(version) !== true)
  refuse(lacking, `can't open what the key v${version} seals`)
}

/** Throws an OperatorError that names every instance that seals with another key than `version`. */
export function requireAllSealWith(holders: readonly KeyHolder[], version: number): void {
  const others = holders.filter(({ keyVersions }) => keyVersions?.[0] !== version)
  refuse(others, `would not seal with the key v${version}`)
}

function refuse(holders: readonly KeyHolder[], why: string): void {
  if (holders.length === 0) return
  const [verb] = holders.length === 1 ? ['Restart it'] : ['Restart them']
  const silent = holders.some(({ overSinceMs }) => overSinceMs > 0)
  throw new OperatorError(
    `${holders.map((holder) => describe(holder, why)).join('; ')}.`,
    `${verb} with the config files of this deployment, then run this again.${
      silent ? ' An instance that is gone is forgotten ten minutes after its last sign.' : ''
    }`,
  )
}

function describe({ service, url, keyVersions, overSinceMs }: KeyHolder, why: string): string {
  const has = keyVersions ? keyVersions.map((version) => `v${version}`).join(', ') : 'unknown keys'
  const seen = overSinceMs === 0 ? '' : `, without a sign for ${Math.ceil(overSinceMs / 1000)} s`
  return `${service} at ${url} (${has}${seen}) ${why}`
}

export interface OwnRing {
  readonly current: number
  readonly versions: readonly number[]
}

/**
 * For a starting process: checks that every live instance can open what this one will seal, and this one what they seal. Waits some seconds
 * for instances that are stopping, then throws OperatorError. `url`: of this process, whose former leases are ignored.
 */
export async function requireFittingRings(
  redis: RedisConnection,
  config: BusPlace,
  own: OwnRing & { readonly url: string; readonly signal: AbortSignal },
): Promise<void> {
  const until = performance.now() + START_WAIT_MS
  for (;;) {
    const holders = await readKeyHolders(redis, config)
    const live = holders.filter(
      ({ overSinceMs, url, draining }) => overSinceMs === 0 && url !== own.url && !draining,
    )
    const misfit = live.find(({ keyVersions }) => keyVersions && !fits(keyVersions, own.versions))
    if (misfit === undefined) return
    if (performance.now() > until) throw misfitError(misfit, own)
    await sleep(START_LOOK_MS, own.signal)
  }
}

function fits(theirs: readonly number[], own: readonly number[]): boolean {
  const [sealsThere = 0] = theirs
  const [sealsHere = 0] = own
  return theirs.includes(sealsHere) && own.includes(sealsThere)
}

function misfitError(other: KeyHolder, { current }: OwnRing): OperatorError {
  const [sealsThere] = other.keyVersions ?? []
  const where = `${other.service} at ${other.url}`
  if (other.keyVersions?.includes(current) !== true)
    return new OperatorError(
      `This process would seal with the key v${current}, which ${where} does not have.`,
      `Restart ${where} with the new key ring first.`,
    )
  return new OperatorError(
    `${where} seals with the key v${sealsThere}, which \`encryptionKeys\` of this config lacks.`,
    'Start this process with the config files that the others have.',
  )
}
