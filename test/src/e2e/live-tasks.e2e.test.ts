import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  ExportedTask,
  Session,
  SessionMessage,
  TaskDetail,
  TasksClaimOutput,
  TasksNextOutput,
  TasksUpdateStatusOutput,
} from '@alkdev/contracts/agents'
import { startScriptedModel } from '@alkdev/scripted-model'
import { uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'
import { commandMain } from '../programs.ts'

const SCRIPT = `
models:
  worker:
    turns:
      - when: '^claim (.*)'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: tasks.claim, input: { task: held } }
          - say: '{{result}}'
      - when: '^finish (.*)'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: tasks.updateStatus, input: { task: held, status: completed, token: 1 } }
          - say: '{{result}}'
      - when: '^change (.*)'
        steps:
          - calls:
              - tool: call
                arguments:
                  operationId: tasks.sync
                  input: { files: [{ path: held.md, content: "---\\nid: held\\nname: held\\ndependsOn: []\\nchecks: [{name: types, command: id}]\\n---\\n" }] }
              - tool: call
                arguments: { operationId: tasks.sync, input: { project: another, files: [] } }
              - tool: call
                arguments: { operationId: tasks.sync, input: { importStatus: true, files: [] } }
              - tool: call
                arguments: { operationId: tasks.sync, input: { prune: true, files: [] } }
          - say: '{{result}}'
      - steps:
          - say: 'You said {{prompt}}'
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder }))
  hub = stack.use(await startTestStack())
  user = await hub.createKey(['*'])
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
})
afterAll(() => stack.disposeAsync())

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

async function refusal(id: string, input: object, key = user): Promise<unknown> {
  const { status, body } = await call(hub, key, id, input)
  return { status, code: body.error?.code ?? body.code, ...(body.error?.details ?? body.details) }
}

const file = (id: string, more = '', dependsOn: readonly string[] = [], body = '') => ({
  path: `${id}.md`,
  content: `---\nid: ${id}\nname: ${id}\ndependsOn: [${dependsOn.join(', ')}]\n${more}---\n${body}`,
})

/** A project of its own with those files. */
async function plan(files: readonly ReturnType<typeof file>[], options: object = {}) {
  const project = `p-${uuidv7().slice(-12)}`
  await ok('tasks.sync', { project, files, ...options })
  return { project }
}
const claim = (project: string, task: string, key = user) =>
  ok<TasksClaimOutput>('tasks.claim', { project, task }, key)
const next = (project: string) => ok<TasksNextOutput>('tasks.next', { project })

test('of 100 concurrent claims over HTTP by two keys of different accounts one account has the task', async () => {
  const { project } = await plan([file('a')])
  const key = await hub.createKey(['tasks:write', 'tasks:read'], user.accountId)
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      call(hub, n % 2 === 0 ? user : key, 'tasks.claim', { project, task: 'a' }),
    ),
  )
  const tokens = answers.map(({ body }) => (body.data as TasksClaimOutput).claim.token)
  const renewed = answers.filter(({ body }) => (body.data as TasksClaimOutput).renewed)
  expect([new Set(tokens), renewed.length]).toEqual([new Set([1]), 99])
  const other = await hub.createKey(['*'])
  expect(await refusal('tasks.claim', { project, task: 'a' }, other)).toMatchObject({
    status: 404,
    code: 'PROJECT_NOT_FOUND',
  })
  expect(await ok<TaskDetail>('tasks.get', { project, task: 'a' })).toMatchObject({
    status: 'in-progress',
    claim: {
      token: 1,
      accountId: user.accountId,
      name: expect.stringMatching(/^account-/),
      expiresAt: expect.any(String),
    },
  })
})

test('a plan is worked from its first task to its last, and each ready task is announced once', async () => {
  const { project } = await plan([
    file('first', 'touches: [src/a/]\n'),
    file('other', 'touches: ["**/x.ts"]\nrisk: high\n'),
    file('free'),
    file('last', '', ['first', 'other']),
  ])
  const events = new AbortController()
  const stream = await fetch(`${hub.gateway}/api/events?topics=task.*`, {
    headers: { authorization: `Bearer ${user.key}` },
    signal: events.signal,
  })
  let seen = ''
  const reading = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of stream.body ?? []) seen += decoder.decode(chunk, { stream: true })
  })().catch(() => undefined)

  expect(await next(project)).toMatchObject({
    ready: [{ slug: 'other' }, { slug: 'free' }],
    postponed: [{ slug: 'first', waitsFor: 'other', path: 'src/a/x.ts' }],
    readyCount: 3,
    waitingCount: 1,
  })
  const { claim: held } = await claim(project, 'other')
  expect(await refusal('tasks.claim', { project, task: 'first' })).toMatchObject({
    status: 409,
    code: 'TASK_REFUSED',
    reason: 'overlap',
    with: 'other',
  })
  expect(await refusal('tasks.claim', { project, task: 'last' })).toMatchObject({
    reason: 'waiting',
    waitsFor: ['first', 'other'],
  })
  const finish = (task: string, token: number) =>
    ok<TasksUpdateStatusOutput>('tasks.updateStatus', {
      project,
      task,
      token,
      status: 'completed',
      result: 'Done.',
    })
  expect((await finish('other', held.token)).ready).toEqual([])
  expect(
    await refusal('tasks.updateStatus', {
      project,
      task: 'other',
      token: held.token,
      status: 'failed',
    }),
  ).toMatchObject({ reason: 'claim-lost' })
  const first = await claim(project, 'first')
  expect((await finish('first', first.claim.token)).ready).toEqual(['last'])
  expect((await next(project)).ready.map(({ slug }) => slug)).toEqual(['free', 'last'])
  await vi.waitFor(() => expect(seen).toContain('task.ready'), { timeout: 20_000 })
  expect(
    await ok('tasks.reopen', { project, task: 'first', reason: 'It was wrong.' }),
  ).toMatchObject({
    task: { status: 'pending', statusReason: 'It was wrong.' },
    affected: [],
  })
  expect((await next(project)).ready.map(({ slug }) => slug)).toEqual(['first', 'free'])
  await vi.waitFor(() => expect(seen).toContain('"status":"pending"'), { timeout: 20_000 })
  events.abort()
  await reading
  expect(seen.match(/"completed":"first"/g)).toHaveLength(1)
  expect(seen).toContain('task.claimed')
})

test('a released task is ready again, and the next holder gets what was left', async () => {
  const { project } = await plan([file('a')])
  const { claim: held } = await claim(project, 'a')
  const evidence = { branch: 'work', head: 'abc' }
  await ok('tasks.release', { project, task: 'a', token: held.token, evidence })
  expect(await claim(project, 'a')).toMatchObject({
    renewed: false,
    claim: { token: 2 },
    task: { evidence },
  })
  // An account that may write the project takes a claim away without its token.
  await ok('tasks.release', { project, task: 'a', reason: 'stuck' })
  expect(await ok('tasks.updateStatus', { project, task: 'a', status: 'blocked' })).toMatchObject({
    task: { status: 'blocked' },
  })
  expect(await refusal('tasks.claim', { project, task: 'a' })).toMatchObject({ reason: 'closed' })
})

test('a session claims in its own project, learns of changed text, and its end gives the task back', async () => {
  const files = [file('held', 'checks: [{name: types, command: "true"}]\n')]
  const { project } = await plan(files)
  const { sessionId } = await ok<Session>('sessions.create', {
    model: 'scripted/worker',
    project,
    prompt: 'claim it',
  })
  const settled = () =>
    vi.waitFor(
      async () => {
        const session = await ok<Session>('sessions.get', { sessionId })
        expect([session.status, session.turnId]).toEqual(['idle', undefined])
      },
      { timeout: 60_000, interval: 100 },
    )
  const texts = async () =>
    JSON.stringify(
      (await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId })).items,
    )
  await settled()
  expect(await ok<TaskDetail>('tasks.get', { project, task: 'held' })).toMatchObject({
    status: 'in-progress',
    claim: { token: 1, sessionId },
  })
  expect(await refusal('tasks.claim', { project, task: 'held' })).toMatchObject({
    reason: 'claimed',
    sessionId,
  })

  await ok('sessions.prompt', { sessionId, text: 'finish it' })
  await settled()
  expect(await texts()).toContain('checks that did not pass under this claim: types')

  await ok('sessions.prompt', { sessionId, text: 'change the check' })
  await settled()
  const refusals = await texts()
  expect(refusals).toContain('The checks of the task held cannot be changed here')
  expect(refusals).toContain('A session imports no status of tasks')
  expect(refusals).toContain('A session removes no tasks')
  expect(await refusal('tasks.list', { project: 'another' })).toMatchObject({ status: 404 })

  const changed = [file('held', '', [], 'Another text.')]
  const pruned = await ok('tasks.sync', { project, files: changed })
  expect(pruned).toMatchObject({ updated: 1 })
  await ok('tasks.sync', { project, files: changed })
  await settled()
  expect((await texts()).match(/The text of task held was changed/g)?.length).toBeGreaterThan(0)
  const kept = await ok('tasks.sync', { project, files: [file('b')], prune: true })
  expect(kept).toMatchObject({ removed: 0, kept: ['held'] })

  await ok('sessions.archive', { sessionId })
  expect(await ok<TaskDetail>('tasks.get', { project, task: 'held' })).toMatchObject({
    status: 'pending',
    statusReason: 'The session is archived.',
    evidence: { holder: { sessionId } },
  })
})

test('the analyses see the status at run time', async () => {
  const { project } = await plan(
    [
      file('done', 'status: completed\nscope: system\n'),
      file('a', 'scope: broad\nestimate: 3\n', ['done']),
      file('b', 'risk: critical\nestimate: 1\n', ['a']),
      file('c', '', ['done']),
    ],
    { importStatus: true },
  )
  expect(await ok('tasks.waves', { project })).toEqual({ waves: [['a', 'c'], ['b']] })
  expect(await ok('tasks.critical', { project })).toEqual({ path: ['a', 'b'], weight: 6 })
  expect(await ok('tasks.critical', { project, weight: 'estimate' })).toMatchObject({ weight: 4 })
  expect(await ok('tasks.risk', { project })).toMatchObject({
    path: ['a', 'b'],
    distribution: { critical: ['b'], unspecified: ['a', 'c'] },
  })
  const cost = await ok<{ tasks: { slug: string }[]; taskCount: number }>('tasks.cost', { project })
  expect([cost.taskCount, cost.tasks.map(({ slug }) => slug)]).toEqual([3, ['b', 'a', 'c']])
  expect(await ok('tasks.whatIf', { project, slips: { c: 10 } })).toMatchObject({ endSlip: 6 })
  expect(await refusal('tasks.whatIf', { project, slips: { none: 1 } })).toMatchObject({
    status: 400,
  })
  const graph = await ok('tasks.graph', { project, open: true, format: 'mermaid' })
  expect(graph).toMatchObject({
    tasks: [
      { slug: 'a', slack: 0 },
      { slug: 'b', slack: 0, risk: 'critical' },
      { slug: 'c', slack: 4 },
    ],
    edges: [{ from: 'a', to: 'b' }],
    unresolved: [],
    text: expect.stringContaining('a'),
  })
})

test('exported files have the status at run time and read back as the same tasks', async () => {
  const { project } = await plan([
    file('a', 'touches: ["*.md"]\nchecks: [{name: t, command: x}]\n', [], '\n# A\n'),
    file('b', '', ['a']),
  ])
  await claim(project, 'a')
  const { items } = await ok<{ items: ExportedTask[] }>('tasks.export', { project })
  expect(items.map(({ slug, status, path }) => [slug, status, path])).toEqual([
    ['a', 'in-progress', 'a.md'],
    ['b', 'pending', 'b.md'],
  ])
  expect(items[0]?.content).toMatch(/^---\nid: a\n(.*\n)*status: in-progress\n(.*\n)*---\n\n# A\n$/)
  const files = items.map(({ path, content }) => ({ path, content }))
  expect(await ok('tasks.sync', { project, files })).toMatchObject({ unchanged: 2 })
})

test('R29: a schedule starts a session with a prompt, and prompts one that is there', async () => {
  const { sessionId } = await ok<Session>('sessions.create', { model: 'scripted/worker' })
  const at = new Date(Date.now() + 1000).toISOString()
  const schedule = (name: string, operationId: string, input: object) =>
    ok('schedules.create', { name, operationId, input, at })
  await schedule('prompt-one', 'sessions.prompt', { sessionId, text: 'good morning' })
  const title = 'From a schedule'
  await schedule('start-one', 'sessions.create', {
    model: 'scripted/worker',
    title,
    prompt: 'good evening',
  })
  const said = async (id: string) =>
    JSON.stringify(
      (await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId: id })).items,
    )
  await vi.waitFor(
    async () => {
      expect(await said(sessionId)).toContain('You said good morning')
      const { items } = await ok<{ items: Session[] }>('sessions.list', {})
      const started = items.filter((one) => one.title === title)
      expect(started).toHaveLength(1)
      expect(await said(started[0]?.sessionId ?? '')).toContain('You said good evening')
    },
    { timeout: 60_000, interval: 200 },
  )
})

test('a key without tasks:write reads the plan and changes nothing', async () => {
  const { project } = await plan([file('a')])
  const reader = await hub.createKey(['tasks:read'], user.accountId)
  expect(await ok('tasks.next', { project }, reader)).toMatchObject({ readyCount: 1 })
  expect(await refusal('tasks.claim', { project, task: 'a' }, reader)).toMatchObject({
    status: 404,
    code: 'OPERATION_NOT_FOUND',
  })
  const { status } = await ask(hub, 'POST', '/api/operations/tasks.claim', {
    body: { project, task: 'a' },
  })
  expect(status).toBe(401)
})

test('the commands claim, show, complete and export tasks, and leave hand-made edits', async () => {
  const main = commandMain()
  const cwd = await mkdtemp(join(tmpdir(), 'alkhub-plan-'))
  stack.defer(() => rm(cwd, { recursive: true, force: true }))
  await mkdir(join(cwd, 'tasks'))
  await writeFile(join(cwd, 'user.key'), `${user.key}\n`, { mode: 0o600 })
  const alkhub = (...words: string[]) =>
    new Promise<string>((resolve, reject) => {
      const target = ['--hub', hub.gateway, '--key-file', join(cwd, 'user.key')]
      execFile(process.execPath, [main, ...words, ...target], { cwd }, (error, out, err) =>
        error === null ? resolve(out) : reject(new Error(err, { cause: error })),
      )
    })
  const text =
    '---\n# my plan\nid: one\nname: One   # first\ndependsOn: []\nstatus: pending\n---\nText.\n'
  await writeFile(join(cwd, 'tasks/one.md'), text)
  await writeFile(
    join(cwd, 'tasks/two.md'),
    '---\nid: two\nname: Two\ndependsOn: [one]\nchecks: [{name: t, command: "true"}]\n---\n',
  )
  const of = ['--project', 'cli-plan']
  await alkhub('tasks', 'sync', ...of)
  expect(await alkhub('tasks', 'next', '--synced', ...of)).toMatch(/^one +4[^]*1 ready, 1 waiting/m)
  expect(await alkhub('tasks', 'claim', 'one', ...of)).toMatch(/^You have one until .*: One\.\n$/)
  expect(await alkhub('tasks', 'board', '--once', ...of)).toMatch(
    /^one +in-progress +account-\d+@example\.com since /m,
  )
  expect(await alkhub('tasks', 'done', 'one', ...of)).toBe('one is completed. Ready now: two.\n')
  await expect(alkhub('tasks', 'done', 'two', ...of)).rejects.toThrow('checks that did not pass')
  await alkhub('tasks', 'done', 'two', '--result', 'By hand.', ...of)
  // Without a terminal the board ends when everything is completed.
  expect(await alkhub('tasks', 'board', ...of)).toBe('one completed\ntwo completed\n')
  expect(await alkhub('tasks', 'export', ...of)).toContain('2 changed, 0 created')
  expect(await readFile(join(cwd, 'tasks/one.md'), 'utf8')).toBe(
    text.replace('status: pending', 'status: completed'),
  )
  expect(await alkhub('tasks', 'export', ...of)).toContain('0 changed, 0 created')
  expect(await alkhub('tasks', 'reopen', 'one', '--reason', 'wrong', ...of)).toBe(
    'one is pending. Begun or completed after it: two.\n',
  )
})
