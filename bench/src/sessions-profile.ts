import { must, sleep } from '@alkdev/std'
import { countStatements, printStatements, resetStatements } from './count-statements.ts'
import { Inspector } from './cpu-profile.ts'
import { residentBytes } from './process-stat.ts'
import { cpuBetween, readCpu } from './process-tree.ts'
import { startSessionHub } from './sessions/hub.ts'
import { FUNCTIONS, printProfile } from './print-profile.ts'

/**
 * What a step of a session costs: processor time by process, statements, the memory of the coordinator, and where a process spends its time, by stage and
 * function: `node bench/src/sessions-profile.ts [--sessions=100] [--functions=coordinator,inference-proxy] [--allocations] [--folder=FOLDER]`. The profiles
 * themselves go to the folder.
 */

const args = process.argv.slice(2)
const option = (name: string): string | undefined =>
  args.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3)
const sessions = Number(option('sessions') ?? 100)
const folder = option('folder')
const STATEMENTS = 24
const SAMPLE_MS = 200
const SETTLE_MS = 1000
const MB = 1_000_000
const SCRIPT = { steps: 10, pieces: 50, characters: 12, pieceMs: 0, outputBytes: 200 }
const steps = sessions * (SCRIPT.steps + 1)

await using hub = await startSessionHub(countStatements)
const { processes } = hub
const run = async (): Promise<void> => hub.completed(await hub.create(sessions, SCRIPT))
await run()
await sleep(SETTLE_MS)
await printCosts()
for (const name of option('functions')?.split(',') ?? []) await printFunctions(name)
if (args.includes('--allocations')) await printAllocations()

async function printCosts(): Promise<void> {
  await resetStatements(hub.stack)
  const all = Object.entries(processes)
  const before = all.map(([, pid]) => readCpu(pid))
  const own = process.cpuUsage()
  const pid = must(processes['coordinator'])
  let resident = 0
  const timer = setInterval(() => (resident = Math.max(resident, residentBytes(pid))), SAMPLE_MS)
  const from = performance.now()
  await run()
  const ms = performance.now() - from
  clearInterval(timer)
  const { user, system } = process.cpuUsage(own)
  await sleep(SETTLE_MS)
  console.log(`${steps} steps, ${((steps * 1000) / ms).toFixed(1)}/s`)
  console.log(`${(resident / MB).toFixed(0)} MB resident in the coordinator at most`)
  const print = (us: number, name: string): void =>
    console.log(`${(us / steps).toFixed(0).padStart(8)} us  ${name}`)
  print(user + system, 'caller')
  let sum = user + system
  for (const [at, [name, one]] of all.entries()) {
    const us = cpuBetween(must(before[at]), readCpu(one))
    sum += us
    print(us, name)
  }
  print(sum, 'all')
  await printStatements(hub.stack, steps, STATEMENTS)
}

async function printFunctions(name: string): Promise<void> {
  await using inspector = await Inspector.open(must(processes[name]))
  const profile = await inspector.profile(run)
  await printProfile(profile, { name: name, count: steps, unit: 'step', folder })
}

/** What the coordinator holds while the sessions run, and what it allocates in all. */
async function printAllocations(): Promise<void> {
  await using inspector = await Inspector.open(must(processes['coordinator']))
  const facts = `JSON.stringify([process.memoryUsage(), process.getBuiltinModule('v8').getHeapSpaceStatistics().map((s) => [s.space_name, s.space_used_size, s.space_size])])`
  await inspector.collectGarbage()
  console.log('after a garbage collection', await inspector.evaluate(facts))
  for (const isAll of [false, true]) {
    const ids = await hub.create(sessions, SCRIPT)
    await inspector.startAllocations(isAll)
    if (isAll) await hub.completed(ids)
    else await sleep(SETTLE_MS)
    const sampled = await inspector.stopAllocations()
    console.log(isAll ? '\nallocated' : '\nheld', await inspector.evaluate(facts))
    for (const [fn, bytes] of sampled.slice(0, FUNCTIONS))
      console.log(`${(bytes / MB).toFixed(1).padStart(8)} MB  ${fn}`)
    if (!isAll) await hub.completed(ids)
  }
}
