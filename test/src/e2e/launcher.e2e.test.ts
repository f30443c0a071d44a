import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeClone } from '../clone.ts'
import type { Clone } from '../clone.ts'
import { shellCommands } from '../shell-blocks.ts'

interface Report {
  readonly urls: {
    readonly gateway: string
    readonly spokes: string
    readonly inference: string
    readonly mcp: string
  }
  readonly adminKeyFile: string
  readonly spoke: string
  readonly firstCall: { readonly operationId: string; readonly durationMs: number }
}

let clone: Clone
let running: ChildProcess | undefined

async function up(...args: string[]): Promise<Report> {
  const child = clone.start(['up', '--json', ...args])
  running = child
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  for (let tries = 0; tries < 1200; tries += 1) {
    const line = out.split('\n').find((text) => text.startsWith('{'))
    if (line !== undefined) {
      const report = JSON.parse(line) as Report
      if (report.urls === undefined) throw new Error(`up failed: ${line} ${err}`)
      return report
    }
    if (child.exitCode !== null) throw new Error(`up ended with ${child.exitCode}: ${err}${out}`)
    await wait(100)
  }
  throw new Error(`up printed nothing in two minutes: ${err}`)
}

/** Starts the stack again where the test before has failed, or this one at its first try. */
async function stillUp(): Promise<void> {
  if (running?.exitCode !== null || running.signalCode !== null) await up()
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const pidsOf = (): number[] => {
  const state = JSON.parse(readFileSync(join(clone.folder, '.alkhub/stack.json'), 'utf8')) as {
    services: Record<string, { pid: number }>
    servers: Record<string, number>
  }
  return [...Object.values(state.services).map(({ pid }) => pid), ...Object.values(state.servers)]
}

beforeAll(async () => {
  clone = await makeClone()
}, 120_000)
afterAll(async () => {
  if (running?.exitCode === null) {
    running.kill('SIGTERM')
    await new Promise((resolve) => running?.once('exit', resolve))
  }
  clone?.[Symbol.dispose]()
}, 60_000)

test('in a fresh clone one command starts everything and makes a call through all of it', async () => {
  const report = await up()
  expect(report.firstCall.operationId).toBe(`dev.${report.spoke}.fs.list`)
  expect(report.firstCall.durationMs).toBeGreaterThan(0)
  expect(statSync(report.adminKeyFile).mode & 0o777).toBe(0o600)
  const read = await clone.alkhub(['call', `dev.${report.spoke}.fs.read`, '{"path":"README.md"}'])
  expect(read.code).toBe(0)
  expect((JSON.parse(read.stdout) as { content: string }).content).toBe(
    readFileSync(join(clone.folder, 'README.md'), 'utf8'),
  )
  const stolen = await clone.alkhub([
    'call',
    `dev.${report.spoke}.fs.read`,
    '{"path":".alkhub/admin.key"}',
  ])
  expect(stolen.code).toBe(4)
  expect(stolen.stderr).toContain('ACCESS_DENIED')
  const files = `dev.${report.spoke}.fs`
  await clone.alkhub(['call', `${files}.write`, '{"path":"edited","content":"one"}'])
  const edit = '{"path":"edited","edits":[{"oldText":"one","newText":"one one"}]}'
  const edited = await clone.alkhub(['call', `${files}.edit`, edit, '--idempotency-key', 'k'])
  expect([edited.code, edited.stderr]).toEqual([0, ''])
  rmSync(join(clone.folder, 'edited'))
  const keyFolder = join(clone.folder, '.alkhub/spokes')
  const [keys = ''] = readdirSync(keyFolder)
  expect(readFileSync(join(keyFolder, keys, 'keys.log'), 'utf8')).toContain('"is":"done"')
  const shell = await clone.alkhub(['call', `dev.${report.spoke}.shell.run`, '{"command":"id"}'])
  expect(shell.stderr).toContain('OPERATION_NOT_FOUND')
}, 180_000)

test('the task files of the repository go into Postgres, again without a change', async () => {
  const first = await clone.alkhub(['tasks', 'sync', 'tasks/', '--json'])
  expect([first.code, first.stderr]).toEqual([0, ''])
  const counts = JSON.parse(first.stdout) as { created: number; dependencies: number }
  expect(counts.created).toBeGreaterThanOrEqual(20)
  expect(counts.dependencies).toBeGreaterThan(0)
  const second = JSON.parse((await clone.alkhub(['tasks', 'sync', 'tasks/', '--json'])).stdout) as {
    created: number
    unchanged: number
  }
  expect([second.created, second.unchanged]).toEqual([0, counts.created])
})

test("every command of the README does what it says, with this stack's name and ports", async () => {
  const readme = readFileSync(join(clone.folder, 'README.md'), 'utf8')
  const state = JSON.parse(readFileSync(join(clone.folder, '.alkhub/stack.json'), 'utf8')) as {
    report: Report
  }
  const { urls, spoke } = state.report
  // Run elsewhere: `up` above, `test` is this run, containers need an engine, and sdk.e2e.test.ts runs npm in an empty folder.
  const elsewhere = /^(\.\/alkhub (up|test)|docker compose up|npm .*)$/
  const commands = shellCommands(readme).filter((command) => !elsewhere.test(command))
  expect(commands.length).toBeGreaterThanOrEqual(4)
  for (const command of commands) {
    const mine = command
      .replaceAll('hub-3f9c1e', spoke)
      .replaceAll('http://127.0.0.1:3000', urls.gateway)
    const { code, stdout, stderr } = await clone.shell(mine)
    expect({ command: mine, code, stderr }).toEqual({
      command: mine,
      code: 0,
      stderr: expect.anything(),
    })
    expect(stdout).not.toBe('')
    const wanted = mine.includes('README.md') ? 'alkdev hub' : ''
    expect(stdout).toContain(wanted)
  }
})

test('status, ops and a second up say what a person needs', async () => {
  const status = await clone.alkhub(['status'])
  expect([status.code, status.stdout]).toEqual([0, expect.stringContaining('spoke-broker')])
  const ops = await clone.alkhub(['ops', 'read', 'a', 'file'])
  expect(ops.stdout.split('\n')[1]).toContain('.fs.read')
  const again = await clone.alkhub(['up'])
  expect([again.code, again.stderr]).toEqual([
    1,
    expect.stringMatching(/runs already at .*\.\/alkhub down/),
  ])
  const wrong = await clone.alkhub(['call', 'no.such'])
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('alkhub ops')])
})

test('config get, migrate and rotate-keys take the running stack of the clone when no file is named', async () => {
  const port = await clone.alkhub(['config', 'get', 'http.ports.gateway'])
  const { report } = JSON.parse(readFileSync(join(clone.folder, '.alkhub/stack.json'), 'utf8')) as {
    report: Report
  }
  expect([port.code, port.stdout]).toEqual([0, `${new URL(report.urls.gateway).port}\n`])
  const migrated = await clone.alkhub(['migrate'])
  expect([migrated.code, migrated.stdout]).toEqual([0, expect.stringContaining('already')])
  // The next test starts the services with the added key.
  const rotated = await clone.alkhub(['rotate-keys', '--json'])
  expect(JSON.parse(rotated.stdout)).toMatchObject({
    added: 'v2',
    files: expect.arrayContaining([join(clone.folder, '.alkhub/config/gateway.json')]),
  })
}, 60_000)

test('after kill -9 nothing of it is left, and the next start finds its data, its key and its settings again', async () => {
  await stillUp()
  const mcp = join(clone.folder, '.alkhub/config/mcp.json')
  await clone.alkhub(['config', 'set', 'mcpNative.operations', '["fs.*"]', '--config', mcp])
  const key = readFileSync(join(clone.folder, '.alkhub/admin.key'), 'utf8')
  const pids = pidsOf()
  const killed = running?.pid
  running?.kill('SIGKILL')
  const report = await up()
  const said = await clone.alkhub(['logs', 'stack', '--level', 'warn'])
  expect(said.stdout).toContain(`The last stack (process ${killed}, `)
  expect(pids.filter(alive)).toEqual([])
  expect(readFileSync(report.adminKeyFile, 'utf8')).toBe(key)
  // Without the setting there is no such address.
  const native = await fetch(`${report.urls.gateway}/mcp/native`, { method: 'POST' })
  expect(native.status).toBe(401)
  const tasks = await clone.alkhub(['call', 'tasks.list', '{"limit":200}'])
  expect((JSON.parse(tasks.stdout) as { items: unknown[] }).items.length).toBeGreaterThanOrEqual(20)
}, 120_000)

test('down stops everything, in good order', async () => {
  await stillUp()
  const pids = pidsOf()
  const down = await clone.alkhub(['down'])
  expect([down.code, down.stdout]).toEqual([0, 'Stopped.\n'])
  expect(pids.filter(alive)).toEqual([])
  expect((await clone.alkhub(['status'])).code).toBe(1)
})

test('a database whose keys were thrown away is put aside and a new one made', async () => {
  rmSync(join(clone.folder, '.alkhub/config'), { recursive: true })
  rmSync(join(clone.folder, '.alkhub/admin.key'))
  const report = await up('--no-spoke')
  expect(report.spoke).toBeNull()
  const tasks = await clone.alkhub(['call', 'tasks.list'])
  expect(tasks.stdout.trim()).toBe('{"items":[]}')
  await clone.alkhub(['down'])
}, 120_000)

test.each([
  [1, ['up', '--redis-file', '/nowhere'], /\/nowhere can't be read\..*--redis-file/],
  [2, ['up', '--port', 'x'], /--port takes a whole number/],
  [2, ['call'], /Which operation\?/],
  [2, ['nonsense'], /There is no command `nonsense`/],
  [3, ['ops'], /No hub runs in this clone\..*\.\/alkhub up/],
] as const)(
  'exit code %i of alkhub %j, with a sentence that says what to do',
  async (exit, args, sentence) => {
    const { code, stderr } = await clone.alkhub(args)
    expect(code).toBe(exit)
    expect(stderr).toMatch(sentence)
    expect(stderr).not.toMatch(/at .*\.ts/)
  },
)
