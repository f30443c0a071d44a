import { Session } from 'node:inspector/promises'
import { must } from '@alkdev/std'
import { startTortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { Inspector, SAMPLING_US, stageTimes } from './cpu-profile.ts'
import type { CpuProfile } from './cpu-profile.ts'
import { burst, hubPath, untilAnswers } from './path-contender.ts'
import { readKernelTime } from './process-tree.ts'
import type { KernelTime } from './process-tree.ts'
import type { Row } from './row.ts'

const IN_FLIGHT = 64
const WARM_UP_CALLS = 8000
/** Of each profile. */
const CALLS = 6000
/** Of the kernel's share, which Linux counts in steps of 10 ms. */
const COUNTED_CALLS = 20_000
/** Stages that take a smaller part of their process are left out. */
const MIN_SHARE = 0.02
const PROFILED = ['gateway', 'broker', 'spoke']

/** Where the processes of the path over HTTP spend the processor time of a call: those of Node by stage, all of them by the kernel's share. */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
  await using children = new Children()
  const { call, close, processes } = await hubPath(stack, children)
  await untilAnswers(call)
  await burst(call, WARM_UP_CALLS, IN_FLIGHT)
  const calls = (): Promise<unknown> => burst(call, CALLS, IN_FLIGHT)
  const rows: Row[] = []
  for (const name of PROFILED) {
    await using inspector = await Inspector.open(must(processes[name]))
    rows.push(...stageRows(name, await inspector.profile(calls)))
  }
  rows.push(...stageRows('caller', await ownProfile(calls)))
  rows.push(...(await kernelRows(processes, () => burst(call, COUNTED_CALLS, IN_FLIGHT))))
  close()
  return rows
}

async function ownProfile(work: () => Promise<unknown>): Promise<CpuProfile> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US })
  await session.post('Profiler.start')
  await work()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  return profile as CpuProfile
}

/** The ratio is the part of the process. */
function stageRows(name: string, profile: CpuProfile): Row[] {
  const stages = stageTimes(profile)
  const sum = stages.reduce((all, [, us]) => all + us, 0)
  return stages
    .filter(([, us]) => us >= sum * MIN_SHARE)
    .map(([stage, us]) => ({
      name: `${name}, ${stage}`,
      value: us / CALLS,
      unit: 'us',
      ratio: us / sum,
    }))
}

async function kernelRows(
  processes: Readonly<Record<string, number>>,
  work: () => Promise<unknown>,
): Promise<Row[]> {
  const all = Object.entries(processes)
  const before = all.map(([, pid]) => readKernelTime(pid))
  const own = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(own)
  const row = (name: string, { kernelUs, allUs }: KernelTime): Row => ({
    name: `${name}, all of it in the kernel`,
    value: kernelUs / COUNTED_CALLS,
    unit: 'us',
    ratio: kernelUs / allUs,
  })
  return [
    row('caller', { kernelUs: system, allUs: user + system }),
    ...all.map(([name, pid], at) => {
      const [from, until] = [must(before[at]), readKernelTime(pid)]
      return row(name, {
        kernelUs: until.kernelUs - from.kernelUs,
        allUs: until.allUs - from.allUs,
      })
    }),
  ]
}
