import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeClone } from '../clone.ts'
import type { Clone } from '../clone.ts'
import { shellCommands } from '../shell-blocks.ts'

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
let said = ''

beforeAll(async () => {
  clone = await makeClone({ built: true })
  const { code, stderr } = await clone.alkhub(['up', '--detach'], { timeoutMs: 300_000 })
  if (code !== 0) throw new Error(`up ended with ${code}: ${stderr}`)
  said = stderr
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

test('a first start in the background names the sizes of the packages, and the beginning and end of each step', () => {
  expect(said).toContain('about 190 MB to fetch unless pnpm has them already, 680 MB on disk')
  const begun = said.match(/(?<=^ {2}… )[A-Z][A-Za-z ]+$/gm) ?? []
  expect(begun).toEqual(
    expect.arrayContaining(['PostgreSQL', 'Redis', 'Migrations', 'Keys', 'Services', 'First call']),
  )
  const done = said.match(/(?<=^ {2}✓ )[A-Z][A-Za-z ]+(?= \(\d+\.\d s\)$)/gm)
  expect(done).toEqual(begun)
})

test('the log of a process that was started again still holds what it said before', async () => {
  const log = readFileSync(join(clone.folder, '.alkhub/logs/redis.log'), 'utf8')
  expect(log.match(/eady to accept connections/g)?.length).toBeGreaterThanOrEqual(2)
})

/** Follows the logs while `mcp` is killed and restarted, and ends that as Ctrl-C does. */
async function followed(args: readonly string[]): Promise<string> {
  const child = clone.start(args)
  let out = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const ended = once(child, 'close')
  // What was written before the command looked at the logs is not new to it.
  await until(() => {
    const line = JSON.stringify({ level: 30, time: Date.now(), msg: 'is it there' })
    appendFileSync(join(clone.folder, '.alkhub/logs/another.log'), `${line}\n`)
    return out.includes('is it there') ? true : undefined
  })
  const { mcp } = stateNow().processes
  if (mcp === undefined) throw new Error('there is no mcp')
  process.kill(mcp.pid, 'SIGKILL')
  await startedAgain('mcp', mcp)
  await until(() => (/mcp ended .* It runs again as process/.test(out) ? true : undefined))
  child.kill('SIGINT')
  await ended
  if (child.exitCode !== 0) throw new Error(`it ended with ${child.exitCode}`)
  return out
}

test('run-on-one-machine.md can be followed: the logs say what was killed, and the unit is written and removed', async () => {
  const bin = join(clone.folder, '.alkhub/no-systemd')
  mkdirSync(bin)
  const stub = '#!/bin/sh\ncase "$*" in *show*) echo ActiveState=active ;; esac\n'
  writeFileSync(join(bin, 'systemctl'), stub, { mode: 0o755 })
  const said = new Map<string, string>()
  const unit = join(bin, 'systemd/user/alkhub.service')
  let written = ''
  const guide = readFileSync(join(clone.folder, 'docs/guides/run-on-one-machine.md'), 'utf8')
  for (const line of shellCommands(guide)) {
    const [name = '', ...words] = line.split(' ').slice(1)
    // The stack runs already, and what status and doctor say of it is tested above.
    if (['up', 'status', 'doctor'].includes(name)) continue
    if (words.includes('-f')) {
      said.set(line, await followed([name, ...words]))
      continue
    }
    const here = `PATH='${bin}':"$PATH" XDG_CONFIG_HOME='${bin}' ${line}`
    const { code, stdout, stderr } = await clone.shell(here)
    expect([line, code, stderr]).toEqual([line, 0, ''])
    said.set(line, stdout)
    if (line === './alkhub service install --no-spoke') written = readFileSync(unit, 'utf8')
  }
  const lines = (command: string): string[] =>
    said.get(`./alkhub ${command}`)?.trimEnd().split('\n') ?? []
  expect(lines('logs')).toHaveLength(50)
  const shown = /^(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3} [a-z-]+ +[A-Z]+ +\S/
  expect(lines('logs').at(-1)).toMatch(shown)
  for (const one of lines('logs gateway spoke-broker --lines 20'))
    expect(one).toMatch(/ (gateway|spoke-broker) /)
  expect(lines('logs --since 10m --level warn').join('\n')).toMatch(
    /stack +WARN +postgres ended at .*signal SIGKILL/,
  )
  const followedLines = lines('logs -f --lines 0').join('\n')
  expect(followedLines).toMatch(/stack +INFO +mcp ended at .*signal SIGKILL/)
  expect(followedLines).not.toContain('postgres ended at')
  for (const one of lines('logs --since 1h --level error --json').filter((text) => text !== ''))
    expect(JSON.parse(one)).toMatchObject({
      time: expect.stringMatching(/Z$/),
      level: expect.stringMatching(/^(error|fatal)$/),
      service: expect.stringMatching(/^[a-z-]+$/),
    })
  expect(written).toBe(said.get('./alkhub service install --print --no-spoke'))
  expect(written).toContain(`ExecStart="${clone.folder}/alkhub" "up" "--no-spoke"`)
  expect(existsSync(unit)).toBe(false)
}, 400_000)

test('down stops a stack whose servers have just been killed', async () => {
  const { processes, pid } = stateNow()
  for (const name of ['postgres', 'redis', 'gateway'])
    process.kill(processes[name]?.pid ?? 0, 'SIGKILL')
  const down = await clone.alkhub(['down'])
  expect([down.code, down.stdout]).toEqual([0, 'Stopped.\n'])
  for (const one of [pid, ...Object.values(processes).map((entry) => entry.pid)])
    expect(() => process.kill(one, 0)).toThrow('ESRCH')
}, 60_000)

test('a start bundles the programs, and the next one takes them from there', async () => {
  await clone.alkhub(['down'])
  const { code, stderr } = await clone.alkhub(['up', '--detach'], { timeoutMs: 200_000 })
  expect([code, stderr]).toEqual([0, expect.stringContaining('First call')])
  const { pid, processes, report } = stateNow()
  const pids = [pid, ...['coordinator', 'spoke'].map((name) => processes[name]?.pid ?? 0)]
  const started = pids
    .map((one) => readFileSync(`/proc/${one}/cmdline`, 'utf8').split('\0').slice(1))
    .map((args) => args.find((arg) => !arg.startsWith('-')) ?? '')
    .map((file) => file.slice(clone.folder.length + 1))
  expect(started.join(' ')).toMatch(
    /^\.alkhub\/bundles\/(\w+)\/alkhub\.js \.alkhub\/bundles\/\1\/coordinator\.js \.alkhub\/bundles\/\1\/alkhub\.js$/,
  )
  await succeeds(['call', `dev.${report.spoke}.fs.list`, '{}'])
  await succeeds(['call', 'tasks.list'])
  expect((await clone.alkhub(['down'])).stdout).toBe('Stopped.\n')
}, 400_000)
