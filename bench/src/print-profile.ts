import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { functionTimes, stageTimes } from './cpu-profile.ts'
import type { Inspector } from './cpu-profile.ts'

/** How many functions are printed. */
export const FUNCTIONS = 60
/** The least share of the whole that a stage is printed with. */
const LEAST_SHARE = 0.003

export interface PrintedProfile {
  readonly name: string
  /** How many of `unit` it covers, such as calls. */
  readonly count: number
  readonly unit: 'call' | 'step'
  /** Where the profile is written for the tools of a browser, as `<name>.cpuprofile`; undefined: nowhere. */
  readonly folder: string | undefined
}

/** Prints microseconds for each call or step: the sum, the stages, and the functions that take most. */
export async function printProfile(
  profile: Awaited<ReturnType<Inspector['profile']>>,
  { name, count, unit, folder }: PrintedProfile,
): Promise<void> {
  if (folder !== undefined)
    await writeFile(
      join(folder, `${name.replaceAll(/[^\w]+/g, '-')}.cpuprofile`),
      JSON.stringify(profile),
    )
  const stages = stageTimes(profile)
  const sum = stages.reduce((all, [, us]) => all + us, 0)
  console.log(`\n${name}: ${(sum / count).toFixed(0)} us per ${unit}`)
  for (const [stage, us] of stages)
    if (us >= sum * LEAST_SHARE) console.log(`${(us / count).toFixed(1).padStart(8)}  ${stage}`)
  console.log('')
  for (const [fn, us] of functionTimes(profile).slice(0, FUNCTIONS))
    console.log(`${(us / count).toFixed(2).padStart(8)}  ${fn}`)
}
