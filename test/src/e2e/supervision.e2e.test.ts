import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeClone } from '../clone.ts'
import type { Clone } from '../clone.ts'

interface ProcessState {
  readonly state: string
  readonly pid: number
  readonly ends: number
  readonly lastEnd?: { readonly signal: string | null }
}
interface State {
  readonly pid: number
  readonly processes: Record<string, ProcessState>
  readonly report: { readonly spoke: string }
}

let clone: Clone

beforeAll(async () => {
  clone = await makeClone()
  const { code, stderr } = await clone.alkhub(['up', '--detach'], { timeoutMs: 300_000 })
  if (code !== 0) throw new Error(`up ended with ${code}: ${stderr}`)
}, 400_000)
afterAll(async () => {
  await clone?.alkhub(['down'])
  clone?.[Symbol.dispose]()
}, 60_000)

const stateNow = (): State =>
  JSON.parse(readFileSync(join(clone.folder, '.alkhub/stack.json'), 'utf8')) as State

/** Asks until the answer is there; a minute at most. */
async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline)
      throw new Error(`still not so: ${JSON.stringify(stateNow(), null, 2)}`)
    await wait(50)
  }
}

const startedAgain = (name: string, before: ProcessState): Promise<ProcessState> =>
  until(() => {
    const now = stateNow().processes[name]
    return now?.state === 'running' && now.ends > before.ends ? now : undefined
  })

const succeeds = (args: readonly string[]) =>
  until(async () => ((await clone.alkhub(args)).code === 0 ? true : undefined))

test.each([
  ...['gateway', 'spoke-broker', 'inference-proxy', 'mcp', 'coordinator', 'spoke', 'redis'],
  'postgres',
])(
  '%s is restarted after kill -9, shown by status and doctor, and calls succeed again',
  async (name) => {
    const { processes, report, pid } = stateNow()
    expect(Object.keys(processes)).toHaveLength(8)
    const before = processes[name]
    if (before === undefined) throw new Error(`there is no ${name}`)
    process.kill(before.pid, 'SIGKILL')
    const after = await startedAgain(name, before)
    expect(after).toMatchObject({ ends: before.ends + 1, lastEnd: { signal: 'SIGKILL' } })
    expect(after.pid).not.toBe(before.pid)
    const words = new RegExp(`${name} ended at .*signal SIGKILL.*once since`)
    const status = await clone.alkhub(['status'])
    expect([status.code, status.stdout]).toEqual([1, expect.stringMatching(words)])
    const doctor = await clone.alkhub(['doctor'])
    expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringMatching(words)])
    expect(readFileSync(join(clone.folder, '.alkhub/logs/up.log'), 'utf8')).toMatch(words)
    await succeeds(['call', `dev.${report.spoke}.fs.list`, '{}'])
    await succeeds(['call', 'tasks.list'])
    // The others were left alone.
    expect(stateNow().pid).toBe(pid)
  },
  200_000,
)

test('the log of a process that was started again still holds what it said before', async () => {
  const log = readFileSync(join(clone.folder, '.alkhub/logs/redis.log'), 'utf8')
  expect(log.match(/eady to accept connections/g)?.length).toBeGreaterThanOrEqual(2)
})

test('down stops a stack whose servers have just been killed', async () => {
  const { processes, pid } = stateNow()
  for (const name of ['postgres', 'redis', 'gateway'])
    process.kill(processes[name]?.pid ?? 0, 'SIGKILL')
  const down = await clone.alkhub(['down'])
  expect([down.code, down.stdout]).toEqual([0, 'Stopped.\n'])
  for (const one of [pid, ...Object.values(processes).map((entry) => entry.pid)])
    expect(() => process.kill(one, 0)).toThrow('ESRCH')
}, 60_000)
