import { Redis } from 'ioredis'

/** Makes a Redis forget which commands it has got. */
export async function resetCommands(url: string): Promise<void> {
  const redis = new Redis(url)
  await redis.config('RESETSTAT')
  await redis.quit()
}

/** Prints the commands that a Redis has got for each of `units`, the most frequent first. */
export async function printCommands(url: string, units: number, least: number): Promise<void> {
  const redis = new Redis(url)
  const info = await redis.info('commandstats')
  await redis.quit()
  const counts = [...info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
    .map(([, name = '', calls]) => [name, Number(calls) / units] as const)
    .filter(([, each]) => each >= least)
    .toSorted(([, a], [, b]) => b - a)
  console.log(
    `${counts.reduce((sum, [, each]) => sum + each, 0).toFixed(3)} commands of Redis each`,
  )
  for (const [name, each] of counts) console.log(`${each.toFixed(4).padStart(8)} x  ${name}`)
}
