import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  CoordSession,
  CoordSpawnOutput,
  CoordStatusOutput,
  Session,
  SessionsPromptOutput,
} from '@alkdev/contracts/agents'
import { devOperations } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
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
      - when: '^commit'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: shell.run, input: { command: 'echo own > own.txt && git add -A && git commit -qm one' } }
          - calls:
              - tool: call
                arguments: { operationId: fs.write, input: { path: own.txt, content: more } }
          - calls:
              - tool: call
                arguments: { operationId: git.commit, input: { message: two } }
          - say: Committed.
      - when: '^serve'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: shell.run, input: { command: '${process.execPath} ../../.worktrees/server.mjs' } }
          - say: Served.
      - when: '^elsewhere'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: dev.beside.fs.write, input: { path: beside.txt, content: x } }
          - say: '{{result}}'
      - when: '^look'
        steps:
          - calls:
              - { tool: search, arguments: { query: write a file, limit: 3 } }
              - { tool: search, arguments: { query: dev.near.fs.write } }
              - { tool: list, arguments: { namespace: dev, limit: 200 } }
              - { tool: search, arguments: { query: keys.rotate } }
          - say: Looked.
      - steps:
          - say: 'You said {{prompt}}'
`

/** Listens on its port, waits until the server of the other worktree does so too, and has both answer with their worktree. */
const SERVER = `
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename } from 'node:path'
const { PORT, ALKHUB_PORTS } = process.env
const mine = basename(process.cwd())
const server = createServer((_, response) => response.end(mine))
await new Promise((resolve, reject) => server.once('error', reject).listen(Number(PORT), '127.0.0.1', resolve))
writeFileSync('../' + mine + '.new', JSON.stringify({ PORT, ALKHUB_PORTS }))
renameSync('../' + mine + '.new', '../' + mine + '.json')
const answers = {}
for (const name of ['serves-one', 'serves-two']) {
  while (!existsSync('../' + name + '.json')) await new Promise((resolve) => setTimeout(resolve, 50))
  const { PORT } = JSON.parse(readFileSync('../' + name + '.json', 'utf8'))
  answers[name] = await (await fetch('http://127.0.0.1:' + PORT)).text()
}
writeFileSync('answers.json', JSON.stringify(answers))
while (!['serves-one', 'serves-two'].every((name) => existsSync('../' + name + '/answers.json')))
  await new Promise((resolve) => setTimeout(resolve, 50))
process.exit(0)
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey
let repository: GitFolder

async function attach(name: string, { folder } = repository): Promise<Spoke> {
  const spoke = stack.use(
    attachSpoke({
      hub: hub.broker,
      key: user.key,
      name,
      spokeType: 'dev-env',
      operations: await devOperations({ folder, allowShell: true }),
    }),
  )
  await spoke.attached()
  return spoke
}

beforeAll(async () => {
  repository = stack.use(makeGitFolder())
  const scripts = mkdtempSync(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rmSync(scripts, { recursive: true, force: true }))
  writeFileSync(join(scripts, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  hub = stack.use(await startTestStack({ sessions: { inventoryMs: 1000, maxChildren: 20 } }))
  user = await hub.createKey(['*'])
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
  await attach('desk')
})
afterAll(() => stack.disposeAsync())

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

async function spawn(name: string, more: object = {}, spoke = 'desk'): Promise<string> {
  const worktree = { spoke, name }
  const input = { prompt: 'begin', model: 'scripted/worker', worktree, ...more }
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

const prompt = async (sessionId: string, text: string): Promise<string> =>
  (await ok<SessionsPromptOutput>('sessions.prompt', { sessionId, text })).message.messageId

/** A turn of the session, until it has ended with the reason. */
async function turn(sessionId: string, text: string, reason: string): Promise<void> {
  await ended(await prompt(sessionId, text), reason)
}

const ended = (messageId: string, reason: string) =>
  vi.waitFor(
    async () => {
      const turns = await hub.database
        .sql`select reason from turns where message_id = ${messageId} and ended_at is not null`
      expect([...turns]).toEqual([{ reason }])
    },
    { timeout: 60_000, interval: 200 },
  )

const damages: Readonly<Record<string, (name: string) => void>> = {
  deleted: (name) => rmSync(at('.worktrees', name), { recursive: true }),
  moved: (name) => renameSync(at('.worktrees', name), at('.worktrees', `${name}-away`)),
  // Its own `.git` file does not count: the spoke reads the entry of the repository.
  corrupted: (name) => rmSync(at('.git/worktrees', name), { recursive: true }),
  'put on another branch': (name) =>
    void repository.git('-C', `.worktrees/${name}`, 'checkout', '-q', '-b', `${name}-other`),
  'committed to from outside': (name) => void commitIn(name),
}

const headOf = (name: string): string =>
  repository.git('-C', `.worktrees/${name}`, 'rev-parse', 'HEAD')

function commitIn(name: string): string {
  repository.git('-C', `.worktrees/${name}`, 'commit', '-q', '--allow-empty', '-m', 'outside')
  return headOf(name)
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

test('R24: a turn goes on from the commits of its session, and from none of others until they are accepted', async () => {
  const sessionId = await spawn('own')
  const base = headOf('own')
  await turn(sessionId, 'commit', 'completed')
  const left = headOf('own')
  expect(repository.git('log', '--format=%s', `${base}..${left}`)).toBe('two\none')
  const { workspaceId } = await ok<Session>('sessions.get', { sessionId })
  expect(await ok('workspaces.get', { workspaceId })).toMatchObject({ head: left })
  await until(sessionId, { workspace: { branch: 'own', ahead: 2 } })
  await turn(sessionId, 'go on', 'completed')

  repository.git('-C', '.worktrees/own', 'reset', '-q', '--hard', base)
  await turn(sessionId, 'go on', 'workspace-mismatch')
  const { endError } = await ok<Session>('sessions.get', { sessionId })
  for (const word of [base, left, `workspaces.update {"workspaceId":"${workspaceId}"`])
    expect(endError?.message).toContain(word)
  repository.git('-C', '.worktrees/own', 'reset', '-q', '--hard', left)
  await turn(sessionId, 'go on', 'completed')

  const other = commitIn('own')
  await turn(sessionId, 'go on', 'workspace-mismatch')
  expect(await ok('workspaces.update', { workspaceId, head: other })).toMatchObject({ head: other })
  await turn(sessionId, 'go on', 'completed')
})

test('H14: a spoke of the same name that serves another repository gets no turn of a session', async () => {
  const before = await attach('same-name')
  const sessionId = await spawn('twice', {}, 'same-name')
  await before.stop()
  const other = stack.use(makeGitFolder())
  other.git('commit', '-q', '--amend', '-m', 'another beginning')
  other.git('worktree', 'add', '-q', '-b', 'twice', '.worktrees/twice')
  // The head alone does not tell: it is not known after a call with an unknown outcome.
  await hub.database.sql`update workspaces set expected_head = null where name = 'twice'`
  await attach('same-name', other)
  await turn(sessionId, 'go on', 'workspace-mismatch')
  const { endError } = await ok<Session>('sessions.get', { sessionId })
  expect(endError?.message).toContain('another repository')
})

test('a session with a worktree writes on its own spoke only, and the refusal names the operation', async () => {
  await attach('beside')
  const sessionId = await spawn('bound')
  await turn(sessionId, 'elsewhere', 'completed')
  const said = JSON.stringify(await ok('sessions.messages', { sessionId, limit: 5 }))
  expect(said).toContain(
    'The session works on the spoke desk only. Call fs.write, which works there.',
  )
  expect(existsSync(at('beside.txt'))).toBe(false)
})

test('a session finds the operations that it may call, and none that works in the folder of another spoke or that sessions never call', async () => {
  await attach('near')
  const sessionId = await spawn('finds')
  await turn(sessionId, 'look', 'completed')
  const outputs = await hub.database.sql<{ output: string }[]>`
    select output from tool_calls where session_id = ${sessionId} order by idx`
  const found = outputs.map(({ output }) => {
    const { items } = JSON.parse(output) as { items: { operationId: string }[] }
    return items.map(({ operationId }) => operationId)
  })
  expect(found[0]).toHaveLength(3)
  expect(found[0]).toContain('dev.desk.fs.write')
  expect(found[2]).toContain('dev.desk.fs.write')
  for (const id of found.flat())
    expect(id).not.toMatch(/^dev\.(?!desk\.)[^.]+\.(fs|shell)\.|^keys\./)
})

test('R24: a turn that waited makes no call in a worktree that has moved meanwhile', async () => {
  const permissions = [
    { action: 'shell.run', permission: 'ask', pattern: '*' },
    { action: '*', permission: 'allow', pattern: '*' },
  ]
  await ok('roles.create', { name: 'asks', mode: 'primary', permissions, scopes: ['*'] }, hub.admin)
  const answered = async (name: string, reason: string, meanwhile: () => void) => {
    const sessionId = await spawn(name, { role: 'asks' })
    const messageId = await prompt(sessionId, 'commit')
    const approvalId = await vi.waitFor(
      async () => {
        const { items } = await ok<{ items: { approvalId: string }[] }>('approvals.list', {
          status: 'open',
        })
        return must(items[0]).approvalId
      },
      { timeout: 60_000, interval: 200 },
    )
    await until(sessionId, { status: 'waiting' })
    meanwhile()
    await ok('approvals.answer', { approvalId, decision: 'allow' })
    await ended(messageId, reason)
  }
  await answered('waits', 'completed', () => undefined)
  expect(existsSync(at('.worktrees/waits/own.txt'))).toBe(true)
  await answered('moves', 'workspace-mismatch', () => void commitIn('moves'))
  expect(existsSync(at('.worktrees/moves/own.txt'))).toBe(false)
})

test('a new session begins in a workspace as it is, whatever an earlier one left there', async () => {
  const sessionId = await spawn('again')
  const { workspaceId } = await ok<Session>('sessions.get', { sessionId })
  await ok('sessions.archive', { sessionId })
  commitIn('again')
  const next = await ok<Session>('sessions.create', {
    workspaceId,
    model: 'scripted/worker',
  })
  await turn(next.sessionId, 'go on', 'completed')
  expect(await ok('workspaces.get', { workspaceId })).toMatchObject({ head: headOf('again') })
  commitIn('again')
  await turn(next.sessionId, 'go on', 'workspace-mismatch')
})

test('R24: what a worktree lacks is a finding while its session lives, and no more when it is there again', async () => {
  const sessionId = await spawn('lost')
  renameSync(at('.worktrees/lost'), at('elsewhere'))
  await until(sessionId, { findings: [{ kind: 'worktree-problem' }] })
  renameSync(at('elsewhere'), at('.worktrees/lost'))
  await until(sessionId, { findings: [] })
  expect(existsSync(at('.worktrees/lost'))).toBe(true)
})

test('R24: a clean worktree of a spawn without a workspace is removed, and its branch stays; one with changes, of a person, or of another hub, stays', async () => {
  const [other, clean, dirty] = [
    's-0000000000000001',
    's-0123456789abcdef',
    's-fedcba9876543210',
  ] as const
  // Creations that this hub has undone.
  for (const id of ['00000000-0000-7000-0123-456789abcdef', '00000000-0000-7000-fedc-ba9876543210'])
    await hub.database.sql`
      insert into sessions (id, project_id, slug, title, status) select ${id}, id, ${id}, 'Undone', 'failed' from projects limit 1`
  for (const name of [other, clean, dirty, 'by-hand'])
    await ok('dev.desk.git.worktreeCreate', { name, branch: `b-${name}` })
  writeFileSync(at('.worktrees', dirty, 'new.txt'), 'x')
  await vi.waitFor(() => expect(existsSync(at('.worktrees', clean))).toBe(false), {
    timeout: 60_000,
    interval: 250,
  })
  expect(repository.git('branch', '--list', `b-${clean}`)).not.toBe('')
  const rows = await hub.database.sql`
    select name, problem, dirty, disk_bytes > 0 as sized from worktree_inventory where name = any(${[other, dirty, 'by-hand']}) order by name`
  expect([...rows]).toEqual([
    { name: 'by-hand', problem: null, dirty: false, sized: true },
    { name: other, problem: null, dirty: false, sized: true },
    { name: dirty, problem: 'no-row', dirty: true, sized: true },
  ])
  expect(existsSync(at('.worktrees', dirty, 'new.txt'))).toBe(true)
  expect(existsSync(at('.worktrees', other))).toBe(true)
})

test('an unavailable spoke gets no calls, so that no failed ones fill the record', async () => {
  // Its rounds show when all spokes were looked at.
  await spawn('stays')
  const away = await attach('away')
  await spawn('left', {}, 'away')
  await away.stop()
  const lookedAt = async (): Promise<unknown> => {
    const rows = await hub.database.sql`
      select max(i.seen_at) as at from worktree_inventory i join spokes k on k.id = i.spoke_id where k.name = 'desk'`
    return rows[0]?.['at']
  }
  // Each round looks at all spokes; what it calls is in the record by the end of the next but one.
  for (let round = 0; round < 3; round += 1) {
    const before = await lookedAt()
    await vi.waitFor(async () => expect(await lookedAt()).not.toEqual(before), {
      timeout: 60_000,
      interval: 100,
    })
  }
  const { items } = await ok<{ items: object[] }>('calls.list', {
    operationId: 'dev.away.git.worktreeList',
    status: 'failed',
  })
  expect(items).toEqual([])
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

test('R25: two sessions that start servers at the same time have ports of their own', async () => {
  const names = ['serves-one', 'serves-two']
  const sessions = await Promise.all(names.map((name) => spawn(name)))
  writeFileSync(at('.worktrees/server.mjs'), SERVER)
  await Promise.all(sessions.map((sessionId) => turn(sessionId, 'serve', 'completed')))
  for (const name of names)
    expect(json(at('.worktrees', name, 'answers.json'))).toEqual({
      'serves-one': 'serves-one',
      'serves-two': 'serves-two',
    })
  const { worktrees } = await ok<{
    worktrees: { name: string; ports?: { first: number; last: number } }[]
  }>('dev.desk.git.worktreeList', {})
  for (const name of names) {
    const { first, last } = must(worktrees.find((one) => one.name === name)?.ports)
    expect(json(at('.worktrees', `${name}.json`))).toEqual({
      PORT: String(first),
      ALKHUB_PORTS: `${first}-${last}`,
    })
    // oxlint-disable-next-line no-await-in-loop -- two
    await until(must(sessions[names.indexOf(name)]), { workspace: { ports: { first, last } } })
  }
})

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
