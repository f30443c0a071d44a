import { execFileSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Approval } from '@alkdev/contracts'
import type {
  CoordAbortOutput,
  CoordAwaitOutput,
  CoordSession,
  CoordSpawnOutput,
  CoordStatusOutput,
  Session,
  SessionMessage,
} from '@alkdev/contracts/agents'
import { devOperations } from '@alkdev/dev-spoke'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke, mutation, query } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { must, uuidv7 } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call, callTool } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

const notify = (input: string) => `
              - tool: call
                arguments: { operationId: coord.notify, input: ${input} }`
const tool = (operationId: string, input: string) => `
              - tool: call
                arguments: { operationId: ${operationId}, input: ${input} }`

const SCRIPT = `
models:
  worker:
    turns:
      - when: '^make done.txt'
        steps:
          - say: I say that it is done.
            calls:${notify('{ kind: finish, text: It is done. }')}
          - say: The check failed, so I do it.
            calls:${tool('fs.write', '{ path: done.txt, content: x }')}
          - calls:${notify('{ kind: finish, text: It is done. }')}
          - calls:${tool('git.commit', '{ message: Add done.txt }')}
          - calls:${notify('{ kind: report, text: Almost. }')}
          - calls:${notify('{ kind: finish, text: Now it is done. }')}
          - say: Finished.
      - when: '^ask first'
        steps:
          - calls:${notify('{ kind: ask, text: "Red or blue?" }')}
          - say: I wait for the answer.
      - when: '^blue'
        steps:
          - calls:${notify('{ kind: finish, text: It is blue. }')}
          - say: Finished.
      - when: '^nothing'
        steps:
          - calls:${notify('{ kind: finish, outcome: nothing-to-do, text: Nothing. }')}
          - calls:${notify('{ kind: finish, outcome: nothing-to-do, text: Nothing., evidence: It is there. }')}
          - say: Finished.
      - when: '^dirty and slow'
        steps:
          - calls:${tool('fs.write', '{ path: wip.txt, content: half }')}
          - say: 'one two three four five six seven eight nine ten '
            times: 200
            pieceChars: 10
            pieceMs: 40
      - when: '^slow'
        steps:
          - say: 'one two three four five six seven eight nine ten '
            times: 200
            pieceChars: 10
            pieceMs: 40
      - when: '^stumble'
        steps:${[1, 2, 3].map(() => `\n          - calls:${tool('tasks.get', '{ task: nope }')}`).join('')}
          - say: 'one two three four five six seven eight nine ten '
            times: 900
            pieceChars: 10
            pieceMs: 40
      - when: '^repeat'
        steps:${[1, 2, 3, 4].map(() => `\n          - calls:${tool('tasks.list', '{}')}`).join('')}
          - say: 'one two three four five six seven eight nine ten '
            times: 900
            pieceChars: 10
            pieceMs: 40
      - when: '^lead'
        steps:
          - calls:${tool('coord.spawn', '{ key: a, model: scripted/worker, prompt: nothing }')}
          - calls:${tool('coord.await', '{ timeoutMs: 60000 }')}
          - say: 'It gave {{result}}'
      - when: '^spread'
        steps:
          - calls:${tool('coord.spawn', '{ key: a, role: spreader, model: scripted/worker, prompt: spread }')}${tool('coord.spawn', '{ key: b, role: spreader, model: scripted/worker, prompt: spread }')}${tool('coord.spawn', '{ key: c, role: spreader, model: scripted/worker, prompt: spread }')}
          - say: Spread.
      - steps:
          - say: 'You said {{prompt}}'
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey
let spoke: Spoke
let folder: string

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: folder, stdio: 'pipe' }).toString().trim()

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'alkhub-coord-')))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  git('init', '-q', '-b', 'main')
  git('config', 'user.email', 'a@b.c')
  git('config', 'user.name', 'a')
  writeFileSync(join(folder, 'a.txt'), 'one\n')
  git('add', '.')
  git('commit', '-qm', 'first')
  const scripts = mkdtempSync(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rmSync(scripts, { recursive: true, force: true }))
  writeFileSync(join(scripts, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder: scripts }))
  hub = stack.use(
    await startTestStack({
      sessions: {
        maxDescendants: 14,
        maxSteps: 12,
        firstByteMs: 20_000,
        detection: { pause: ['repeated-error'], abort: ['repeated-action'] },
      },
    }),
  )
  user = await hub.createKey(['*'])
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
  spoke = attachSpoke({
    hub: hub.broker,
    key: user.key,
    name: 'desk',
    spokeType: 'dev-env',
    operations: await devOperations({ folder, allowShell: true }),
  })
  await spoke.attached()
})
afterAll(async () => {
  await spoke?.[Symbol.asyncDispose]()
  await stack.disposeAsync()
})

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

const lead = () => ok<Session>('sessions.create', { mode: 'external', title: 'Lead' })

async function spawn(parentSessionId: string, prompt: string, more: object = {}) {
  const input = { parentSessionId, prompt, model: 'scripted/worker', ...more }
  return ok<CoordSpawnOutput>('coord.spawn', input)
}

const waitFor = (parentSessionId: string, more: object = {}) =>
  ok<CoordAwaitOutput>('coord.await', { parentSessionId, timeoutMs: 60_000, ...more })

const statusOf = async (sessionId: string): Promise<CoordSession[]> =>
  (await ok<CoordStatusOutput>('coord.status', { sessionId })).sessions

async function until(sessionId: string, status: string): Promise<CoordSession> {
  return vi.waitFor(
    async () => {
      const one = must((await statusOf(sessionId))[0])
      expect([one.status, one.endReason]).toEqual([status, one.endReason])
      return one
    },
    { timeout: 60_000, interval: 100 },
  )
}

test('R19, R20: a session works on a task in its worktree, and finishes when its check passes', async () => {
  const file = `---
id: make-it
name: Make it
dependsOn: []
checks:
  - name: is there
    command: test -f done.txt
---
Make done.txt.
`
  await ok('tasks.sync', { files: [{ path: 'make-it.md', content: file }] })
  const { sessionId } = await lead()
  const spawned = await spawn(sessionId, 'make done.txt', {
    task: 'make-it',
    worktree: { spoke: 'desk', name: 'make-it' },
    key: 'k',
  })
  expect(spawned).toMatchObject({ isNew: true, task: { slug: 'make-it', claimToken: 1 } })
  const again = await spawn(sessionId, 'make done.txt', {
    task: 'make-it',
    worktree: { spoke: 'desk', name: 'make-it' },
    key: 'k',
  })
  expect(again).toMatchObject({ isNew: false, session: { sessionId: spawned.session.sessionId } })
  const other = await call(hub, user, 'coord.spawn', {
    parentSessionId: sessionId,
    prompt: 'nothing',
    task: 'make-it',
  })
  expect(other).toMatchObject({
    status: 409,
    body: { code: 'SPAWN_REFUSED', details: { reason: 'task-claimed' } },
  })
  const { done, sessions } = await waitFor(sessionId, {
    sessionIds: [spawned.session.sessionId],
  })
  expect({ done, sessions }).toMatchObject({
    done: true,
    sessions: [{ status: 'done', outcome: 'done', result: 'Now it is done.', report: 'Almost.' }],
  })
  const runs = await hub.database.sql`
    select c.status, c.exit_code from task_checks c join tasks t on t.id = c.task_id where t.slug = 'make-it' order by c.id`
  expect([...runs]).toEqual([
    { status: 'failed', exit_code: 1 },
    { status: 'passed', exit_code: 0 },
  ])
  const answers = await hub.database.sql<{ output: string }[]>`
    select output from tool_calls where session_id = ${spawned.session.sessionId} and operation_name = 'coord.notify' order by id`
  expect(answers.map(({ output }) => (JSON.parse(output) as { reason?: string }).reason)).toEqual([
    'checks',
    'changes',
    undefined,
    undefined,
  ])
  expect(git('log', '-1', '--format=%s', 'make-it')).toBe('Add done.txt')
  const [, child] = await statusOf(sessionId)
  expect(child).toMatchObject({
    status: 'done',
    task: { slug: 'make-it', status: 'completed' },
    workspace: { name: 'make-it', spoke: 'desk', branch: 'make-it' },
    work: { status: 'completed', outcome: 'done' },
    runningCalls: 0,
    waitingMessages: 0,
  })
  expect(must(child).spend.inputTokens).toBeGreaterThan(0)
})

test('R12, H9: an external lead gets the question of a session while it waits, and its answer starts the next turn', async () => {
  const { sessionId } = await lead()
  const child = (await spawn(sessionId, 'ask first')).session.sessionId
  const first = await waitFor(sessionId, { sessionIds: [child], afterMessage: 0 })
  const [question] = first.messages as SessionMessage[]
  expect(question).toMatchObject({ senderSessionId: child })
  expect(JSON.stringify(question)).toContain('Red or blue?')
  await until(child, 'idle')
  await ok('coord.message', { sessionId: child, text: 'blue', inReplyTo: must(question).messageId })
  const { sessions } = await waitFor(sessionId, { sessionIds: [child] })
  // It is idle between its turns: the wait may end there.
  if (sessions[0]?.outcome === undefined) await until(child, 'done')
  const after = await waitFor(sessionId, {
    sessionIds: [child],
    afterMessage: must(question).seq,
  })
  expect(JSON.stringify(after.messages)).toContain('finished')
  await ok('coord.message', { sessionId: child, text: 'Thank you' })
  await vi.waitFor(
    async () => {
      const messages = await ok<{ items: SessionMessage[] }>('sessions.messages', {
        sessionId: child,
      })
      expect(JSON.stringify(messages.items[0])).toContain('You said Thank you')
    },
    { timeout: 30_000, interval: 100 },
  )
  // The same over MCP, with the tool `call`.
  const overMcp = await callTool(hub, user, { operationId: 'coord.status', input: { sessionId } })
  expect(overMcp).toMatchObject({ isError: false })
  expect(JSON.stringify(overMcp.data)).toContain(child)
})

test('R13: a session that awaits its child waits without a worker, and gets what the child found', async () => {
  const { sessionId } = await ok<Session>('sessions.create', {
    model: 'scripted/worker',
    prompt: 'lead',
  })
  const ended = await until(sessionId, 'idle')
  expect(ended.endReason).toBe('completed')
  const [, child] = await statusOf(sessionId)
  expect(child).toMatchObject({ status: 'done', work: { outcome: 'nothing-to-do' } })
  const { items } = await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId })
  expect(JSON.stringify(items[0])).toContain('nothing-to-do')
  // Learnt by the wait, and not once more by a message.
  expect(items.filter(({ senderSessionId }) => senderSessionId !== undefined)).toEqual([])
})

test('calls of models belong to the run whose step or turn asked for them, and to none that a peer names', async () => {
  const { sql } = hub.database
  const runsOf = async (sessionId: string): Promise<unknown[]> => {
    const rows =
      await sql`select run_id from inference_usage where session_id = ${sessionId} order by id`
    return rows.map(({ run_id: runId }) => runId)
  }
  const [queued, nested] = await Promise.all(
    [1, 2].map(() => ok<Session>('sessions.create', { model: 'scripted/worker' })),
  ).then((made) => made.map(({ sessionId }) => sessionId) as [string, string])
  await using relay = attachSpoke({
    hub: hub.broker,
    key: user.key,
    name: 'relay',
    operations: [
      mutation(
        {
          id: 'relay.prompt',
          description: 'Prompts a session by a call of its own.',
          input: Type.Object({}),
          output: Type.Object({}),
        },
        async (_input, context) => {
          await context.call('sessions.prompt', { sessionId: nested, text: 'Hello' })
          return {}
        },
      ),
    ],
  })
  await relay.attached()
  const leading = uuidv7()
  const step = (name: string, input: object, more: object = {}) => ({
    type: 'operation',
    props: { name, input, ...more },
  })
  const model = 'scripted/worker'
  await ok('workflows.create', {
    name: 'prompting',
    template: {
      type: 'sequential',
      children: [
        step('sessions.create', { sessionId: leading, model, prompt: 'lead' }),
        // A step with a long time is a queued call.
        step('sessions.prompt', { sessionId: queued, text: 'Hello' }, { timeoutMs: 120_000 }),
        step('relay.prompt', {}),
      ],
    },
  })
  const { runId } = await ok<{ runId: string }>('workflows.run', { name: 'prompting' })
  await vi.waitFor(
    async () =>
      expect(await ok('workflows.get', { runId })).toMatchObject({ run: { status: 'completed' } }),
    { timeout: 30_000, interval: 100 },
  )
  await Promise.all([leading, queued, nested].map((sessionId) => until(sessionId, 'idle')))
  const [, child] = await statusOf(leading)
  const ids = [leading, must(child).sessionId, queued, nested]
  const runs = await Promise.all(ids.map((sessionId) => runsOf(sessionId)))
  expect(runs.map((some) => [...new Set(some)])).toEqual(ids.map(() => [runId]))
  await vi.waitFor(
    async () => {
      const usage = await ok<{ items: object[] }>('inference.usage', { by: 'run', runId })
      const [counted] = await sql`
        select count(*)::int as calls, count(*) filter (where ended_at is null)::int as open from inference_usage where run_id = ${runId}`
      expect([counted, usage.items]).toMatchObject([
        { open: 0 },
        [{ group: runId, calls: must(counted)['calls'] }],
      ])
    },
    { timeout: 5000 },
  )
  await ok('sessions.prompt', { sessionId: queued, text: 'And now?' })
  await until(queued, 'idle')
  await using peer = await PlainSocket.open(hub.broker, user.key)
  const metadata = { workflowRunId: runId }
  await peer.call('sessions.prompt', { sessionId: queued, text: 'Of the run' }, { metadata })
  await until(queued, 'idle')
  expect(await runsOf(queued)).toEqual([runId, null, null])
}, 90_000)

test('R18: an abort ends the tree with a receipt for each session, and saves what was not committed', async () => {
  const { sessionId } = await lead()
  const dirty = (
    await spawn(sessionId, 'dirty and slow', { worktree: { spoke: 'desk', name: 'wip' } })
  ).session.sessionId
  const others = await Promise.all(['slow', 'slow'].map((text) => spawn(sessionId, text)))
  await vi.waitFor(
    async () => {
      const rows = (await statusOf(sessionId)).slice(1)
      expect(rows.map(({ status }) => status)).toEqual(['running', 'running', 'running'])
      const [steps] = await hub.database.sql`
        select count(*)::int as n from turn_steps where session_id = ${dirty} and step = 2 and status = 'running'`
      expect(steps).toEqual({ n: 1 })
    },
    { timeout: 60_000, interval: 100 },
  )
  const aborted = await ok<CoordAbortOutput>('coord.abort', { sessionId, reason: 'Enough.' })
  expect(aborted.acknowledged).toBe(true)
  expect(aborted.receipts.map((one) => one.sessionId).toSorted()).toEqual(
    [sessionId, dirty, ...others.map(({ session }) => session.sessionId)].toSorted(),
  )
  const receipt = must(aborted.receipts.find((one) => one.sessionId === dirty))
  expect(receipt).toMatchObject({ was: 'running', savedRef: expect.any(String) })
  expect(git('show', `${receipt.savedRef}:wip.txt`)).toBe('half')
  const usage = () => hub.database.sql`
    select session_id, id, ended_at is not null as ended from inference_usage
    where session_id in (select id from sessions where root_id = ${sessionId}) order by id`
  await vi.waitFor(async () => expect((await usage()).every(({ ended }) => ended)).toBe(true), {
    timeout: 20_000,
  })
  const rows = await statusOf(sessionId)
  expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['aborted']))
  const refused = await call(hub, user, 'coord.message', { sessionId: dirty, text: 'More' })
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'MESSAGE_REFUSED', details: { reason: 'aborted' } },
  })
})

test('R17: a script that spawns in every child ends at the limit of descendants', async () => {
  await ok(
    'roles.create',
    {
      name: 'spreader',
      mode: 'primary',
      permissions: [{ action: '*', permission: 'allow', pattern: '*' }],
      scopes: ['*'],
    },
    hub.admin,
  )
  const { sessionId } = await lead()
  await spawn(sessionId, 'spread', { role: 'spreader' })
  await vi.waitFor(
    async () => {
      const rows = (await statusOf(sessionId)).slice(1)
      expect(rows).toHaveLength(13)
      expect(rows.every(({ status }) => status === 'idle')).toBe(true)
    },
    { timeout: 90_000, interval: 250 },
  )
})

test('a session that has used its budget asks for more, goes on with what was allowed, and ends when it was refused', async () => {
  const { sessionId } = await lead()
  const budget = { tokens: 5 }
  const asking = async (id: string): Promise<string> => {
    const { waitingOn, openApprovals } = await until(id, 'waiting')
    expect([waitingOn, openApprovals]).toEqual(['approval', [expect.any(String)]])
    return must(openApprovals[0])
  }
  const first = (await spawn(sessionId, 'Hello', { budget })).session.sessionId
  const approvalId = await asking(first)
  expect(await ok<Approval>('approvals.get', { approvalId })).toMatchObject({
    kind: 'budget',
    question: expect.stringContaining('has used its budget of 5 tokens'),
    details: { sessionId: first, unit: 'tokens', limit: 5, amount: 5 },
  })
  await ok('approvals.answer', { approvalId, decision: 'allow', answer: '90000000' })
  const ended = await until(first, 'idle')
  expect([ended.endReason, ended.spend.tokenBudget?.limit]).toEqual(['completed', 90_000_005])
  const second = (await spawn(sessionId, 'Hello', { budget })).session.sessionId
  await ok('approvals.answer', { approvalId: await asking(second), decision: 'deny' })
  expect(await until(second, 'idle')).toMatchObject({
    endReason: 'budget',
    openApprovals: [],
    spend: { tokenBudget: { limit: 5, spent: 0, reserved: 0 } },
  })
})

test('what is noticed in a session pauses or ends it when a setting says so, and the one above gets a message', async () => {
  const { sessionId } = await lead()
  const stumbling = (await spawn(sessionId, 'stumble')).session.sessionId
  const repeating = (await spawn(sessionId, 'repeat')).session.sessionId
  expect(await until(stumbling, 'idle')).toMatchObject({ endReason: 'user-stop' })
  expect(await until(repeating, 'aborted')).toMatchObject({ work: { status: 'aborted' } })
  const { messages } = await waitFor(sessionId, { sessionIds: [repeating], afterMessage: 0 })
  const said = JSON.stringify(messages)
  expect(said).toContain(`(${stumbling}) is paused]`)
  expect(said).toContain(`(${repeating}) is ended]`)
  await ok('coord.message', { sessionId: stumbling, text: 'Go on' })
  await vi.waitFor(async () => {
    const { items } = await ok<{ items: SessionMessage[] }>('sessions.messages', {
      sessionId: stumbling,
    })
    expect(JSON.stringify(items)).toContain('You said Go on')
  }, 30_000)
}, 240_000)

test('a session that gets no place is undone, and says why', async () => {
  const { sessionId } = await lead()
  const refused = await call(hub, user, 'coord.spawn', {
    parentSessionId: sessionId,
    prompt: 'nothing',
    worktree: { spoke: 'nowhere' },
  })
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'SPAWN_REFUSED', details: { reason: 'spoke' } },
  })
  const [, child] = await statusOf(sessionId)
  expect(child).toMatchObject({ status: 'failed', work: { status: 'failed' } })
})

test('the worktree of a creation that is undone is removed after the session has ended, and not while it may still get it', async () => {
  const { sessionId } = await lead()
  const removed: unknown[] = []
  const any = Type.Object({}, { additionalProperties: true })
  await using other = attachSpoke({
    hub: hub.broker,
    key: user.key,
    name: 'elsewhere',
    spokeType: 'dev-env',
    operations: [
      // Of another repository than the project: the creation is refused.
      query(
        { id: 'git.repository', description: 'Another one.', input: any, output: any },
        async () => ({ id: 'other', commonDirId: 'other' }),
      ),
      mutation(
        { id: 'git.worktreeRemove', description: 'Removes.', input: any, output: any },
        async (input) => {
          const states = (await statusOf(sessionId)).map(({ status }) => status)
          removed.push([input, states.includes('failed')])
          return {}
        },
      ),
    ],
  })
  await other.attached()
  await spawn(sessionId, 'nothing', { worktree: { spoke: 'desk' } })
  const refused = await call(hub, user, 'coord.spawn', {
    parentSessionId: sessionId,
    prompt: 'nothing',
    worktree: { spoke: 'elsewhere' },
  })
  expect(refused.body).toMatchObject({ code: 'SPAWN_REFUSED', details: { reason: 'repository' } })
  const children = (await statusOf(sessionId)).filter(({ depth }) => depth === 1)
  const failed = must(children.find(({ status }) => status === 'failed'))
  const name = `s-${failed.sessionId.replaceAll('-', '').slice(-16)}`
  expect(removed).toEqual([[expect.objectContaining({ name }), true]])
})
