import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CoordSession, CoordSpawnOutput, CoordStatusOutput } from '@alkdev/contracts/agents'
import { devOperations } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke } from '@alkdev/spoke'
import { must } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeGitFolder } from '../git-folder.ts'
import type { GitFolder } from '../git-folder.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

const SCRIPT = `
models:
  worker:
    turns:
      - steps:
          - say: 'You said {{prompt}}'
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey
let repository: GitFolder

async function attach(): Promise<void> {
  const spoke = stack.use(
    attachSpoke({
      hub: hub.broker,
      key: user.key,
      name: 'desk',
      spokeType: 'dev-env',
      operations: await devOperations({ folder: repository.folder, allowShell: true }),
    }),
  )
  await spoke.attached()
}

beforeAll(async () => {
  repository = stack.use(makeGitFolder())
  const scripts = mkdtempSync(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rmSync(scripts, { recursive: true, force: true }))
  writeFileSync(join(scripts, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  hub = stack.use(await startTestStack({ sessions: { inventoryMs: 1000 } }))
  user = await hub.createKey(['*'])
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
  await attach()
})
afterAll(() => stack.disposeAsync())

async function ok<T = Record<string, unknown>>(id: string, input: object): Promise<T> {
  const { status, body } = await call(hub, user, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

async function spawn(name: string): Promise<string> {
  const input = { prompt: 'begin', model: 'scripted/worker', worktree: { spoke: 'desk', name } }
  const { session } = await ok<CoordSpawnOutput>('coord.spawn', input)
  await until(session.sessionId, { endReason: 'completed' })
  return session.sessionId
}

const statusOf = async (sessionId: string): Promise<CoordSession> =>
  must((await ok<CoordStatusOutput>('coord.status', { sessionId })).sessions[0])

const until = (sessionId: string, wanted: object) =>
  vi.waitFor(async () => expect(await statusOf(sessionId)).toMatchObject(wanted), {
    timeout: 60_000,
    interval: 200,
  })

const at = (...names: string[]): string => join(repository.folder, ...names)

const damages: Readonly<Record<string, (name: string) => void>> = {
  deleted: (name) => rmSync(at('.worktrees', name), { recursive: true }),
  moved: (name) => renameSync(at('.worktrees', name), at('.worktrees', `${name}-away`)),
  // Its own `.git` file does not count: the spoke reads the entry of the repository.
  corrupted: (name) => rmSync(at('.git/worktrees', name), { recursive: true }),
  'put on another branch': (name) =>
    void repository.git('-C', `.worktrees/${name}`, 'checkout', '-q', '-b', `${name}-other`),
}

test.each(Object.keys(damages))(
  'R24: a turn in a worktree that was %s does nothing and says what to do',
  async (damage) => {
    const name = damage.replaceAll(' ', '-')
    const sessionId = await spawn(name)
    damages[damage]?.(name)
    await ok('coord.message', { sessionId, text: 'go on' })
    await until(sessionId, { endReason: 'workspace-mismatch' })
    const [turn] = await hub.database.sql<{ error: string }[]>`
      select error from turns where session_id = ${sessionId} order by id desc limit 1`
    expect(turn?.error).toContain(`The worktree ${name} `)
    const steps = await hub.database.sql`
      select s.id from turn_steps s join turns t on t.id = s.turn_id
      where t.session_id = ${sessionId} and t.reason = 'workspace-mismatch'`
    expect([...steps]).toEqual([])
  },
)

test('R24: what a worktree lacks is a finding while its session lives, and no more when it is there again', async () => {
  const sessionId = await spawn('lost')
  renameSync(at('.worktrees/lost'), at('elsewhere'))
  await until(sessionId, { findings: [{ kind: 'worktree-problem' }] })
  renameSync(at('elsewhere'), at('.worktrees/lost'))
  await until(sessionId, { findings: [] })
  expect(existsSync(at('.worktrees/lost'))).toBe(true)
})

test('R24: a clean worktree of a spawn without a workspace is removed, and its branch stays; one with changes, or of a person, stays', async () => {
  const [clean, dirty] = ['s-0123456789abcdef', 's-fedcba9876543210']
  for (const name of [clean, dirty, 'by-hand'])
    await ok('dev.desk.git.worktreeCreate', { name, branch: `b-${name}` })
  writeFileSync(at('.worktrees', must(dirty), 'new.txt'), 'x')
  await vi.waitFor(() => expect(existsSync(at('.worktrees', must(clean)))).toBe(false), {
    timeout: 60_000,
    interval: 250,
  })
  expect(repository.git('branch', '--list', `b-${clean}`)).not.toBe('')
  const rows = await hub.database.sql`
    select name, problem, dirty, disk_bytes > 0 as sized from worktree_inventory where name = any(${[dirty, 'by-hand']}) order by name`
  expect([...rows]).toEqual([
    { name: 'by-hand', problem: null, dirty: false, sized: true },
    { name: dirty, problem: 'no-row', dirty: true, sized: true },
  ])
  expect(existsSync(at('.worktrees', must(dirty), 'new.txt'))).toBe(true)
})

test('R25: the process groups of a spoke are known while they run', async () => {
  await spawn('busy')
  const abort = new AbortController()
  const running = fetch(`${hub.gateway}/api/operations/dev.desk.shell.run`, {
    method: 'POST',
    signal: abort.signal,
    headers: {
      authorization: `Bearer ${user.key}`,
      accept: 'text/event-stream',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ command: 'sleep 600', worktree: 'busy' }),
  }).then((response) => response.text())
  running.catch(() => undefined)
  const known = () => hub.database.sql<{ session: string | null; command: string }[]>`
    select session_id as session, command from spoke_processes`
  await vi.waitFor(
    async () => expect([...(await known())]).toEqual([{ session: null, command: 'sleep 600' }]),
    { timeout: 60_000, interval: 250 },
  )
  abort.abort()
  await vi.waitFor(async () => expect([...(await known())]).toEqual([]), {
    timeout: 60_000,
    interval: 250,
  })
})
