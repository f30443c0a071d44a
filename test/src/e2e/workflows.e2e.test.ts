import { uuidv7 } from '@alkdev/std'
import { createOrganization, ensureProject } from '@alkdev/storage'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import type { Answer } from '../http.ts'
import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

interface Started {
  readonly name: string
  // oxlint-disable-next-line typescript/no-explicit-any -- inputs of every shape
  readonly input: any
  readonly key: unknown
  answer(data: unknown): void
  fail(code: string): void
}

let hub: TestStack
let owner: TestKey
let spoke: PlainSocket
/** What the spoke was given, in this order. */
const started: Started[] = []
const aborted: string[] = []
/** Calls of `w.flaky` that still fail, by name. */
const failing = new Map<string, number>()

const spec = (name: string, more: object = {}): object => ({
  namespace: 'w',
  name,
  version: '1.0.0',
  type: 'mutation',
  description: `The operation ${name} of the tests.`,
  inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
  outputSchema: {},
  accessControl: { requiredScopes: ['w:use'] },
  ...more,
})

const OPERATIONS = [
  spec('echo', { retry: 'safe' }),
  spec('list', {
    retry: 'safe',
    outputSchema: {
      type: 'object',
      properties: { items: { type: 'array', items: { type: 'integer' } } },
      required: ['items'],
    },
  }),
  spec('flaky', { retry: 'safe' }),
  spec('pay', { retry: 'keyed' }),
  spec('fire'),
  spec('slow', { retry: 'safe' }),
  spec('big', { retry: 'safe' }),
  spec('strict', {
    retry: 'safe',
    inputSchema: {
      type: 'object',
      properties: { n: { type: 'integer' } },
      required: ['n'],
      additionalProperties: false,
    },
  }),
  spec('items', { type: 'subscription' }),
]

async function attach(): Promise<void> {
  spoke = await PlainSocket.open(hub.broker, owner.key)
  await register(spoke, 'worker', OPERATIONS)
  spoke.socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString()) as PlainFrame
    if (type === 'call.aborted') aborted.push(id)
    if (type !== 'call.requested') return
    const { operationId: name, input, idempotencyKey: key } = payload
    const socket = spoke
    const one: Started = {
      name,
      input,
      key,
      answer: (answer) => socket.send('call.responded', id, { output: { data: answer } }),
      fail: (code) => socket.send('call.error', id, { code, message: 'It failed.' }),
    }
    started.push(one)
    if (name === 'w.echo' || name === 'w.pay' || name === 'w.strict') one.answer({ got: input })
    if (name === 'w.list') one.answer({ items: [1, 2, 3] })
    if (name === 'w.fire') one.fail('EXECUTION_ERROR')
    if (name === 'w.big') one.answer('x'.repeat(900_000))
    if (name === 'w.flaky') {
      const left = failing.get(input.name) ?? 0
      failing.set(input.name, left - 1)
      if (left > 0) one.fail('EXECUTION_ERROR')
      else one.answer({ done: input.name })
    }
  })
}

beforeAll(async () => {
  hub = await startTestStack()
  owner = await hub.createKey(['spokes:attach', 'w:use', 'workflows:write', 'workflows:read'])
  await attach()
  await vi.waitUntil(async () => (await call(hub, owner, 'w.echo', {})).status === 200, {
    timeout: 10_000,
  })
})
afterAll(() => hub[Symbol.asyncDispose]())

const op = (name: string, props: object = {}, key?: string): object => ({
  type: 'operation',
  props: { name, ...props },
  ...(key !== undefined && { key }),
})
const sequence = (...children: object[]): object => ({ type: 'sequential', children })
const result = (step: string, path?: string): object => ({
  $result: step,
  ...(path !== undefined && { path }),
})

const create = (name: string, template: unknown, more: object = {}): Promise<Answer> =>
  call(hub, owner, 'workflows.create', { name, template, ...more })
const run = async (name: string, input: object = {}): Promise<string> => {
  const { body } = await call(hub, owner, 'workflows.run', { name, input })
  expect(body).toMatchObject({ data: { runId: expect.any(String) } })
  return body.data.runId as string
}
// oxlint-disable-next-line typescript/no-explicit-any -- views of every shape
const state = async (runId: string, more: object = {}): Promise<any> =>
  (await call(hub, owner, 'workflows.get', { runId, ...more })).body.data.run
const FINAL = ['completed', 'failed', 'aborted']
// oxlint-disable-next-line typescript/no-explicit-any -- as above
async function ended(runId: string): Promise<any> {
  return vi.waitUntil(
    async () => {
      const view = await state(runId)
      return FINAL.includes(view.status) ? view : undefined
    },
    { timeout: 20_000, interval: 50 },
  )
}
const statuses = (view: { steps: { step: string; status: string }[] }): Record<string, string> =>
  Object.fromEntries(view.steps.map(({ step, status }) => [step, status]))
const inputsOf = (name: string): readonly unknown[] =>
  started.filter((one) => one.name === name).map(({ input }) => input)

test('a run makes the calls of its steps with results, conditions and a Map, and keeps its version', async () => {
  const template = sequence(
    op('w.list', { input: { n: result('input', '/n') } }),
    {
      type: 'map',
      key: 'each',
      props: { over: result('w.list', '/items'), as: 'item', maxConcurrency: 2 },
      children: [op('w.echo', { input: { n: { $item: 'item' } } })],
    },
    {
      type: 'conditional',
      props: {
        test: { node: 'input', path: '/mode', equals: 'pay' },
        else: op('w.fire'),
      },
      children: [op('w.pay', { input: { n: result('each', '/2/got/n') } })],
    },
  )
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' }, mode: { type: 'string' } },
    required: ['n'],
  }
  const made = await create('full', template, { inputSchema: schema })
  expect(made.body.data).toMatchObject({ version: 1, known: false, steps: 4 })
  expect((await create('full', template, { inputSchema: schema })).body.data).toMatchObject({
    version: 1,
    known: true,
  })
  const runId = await run('full', { n: 7, mode: 'pay' })
  const next = sequence(op('w.echo'))
  expect((await create('full', next)).body.data).toMatchObject({ version: 2, known: false })
  const view = await ended(runId)
  expect(view).toMatchObject({ status: 'completed', version: 1, output: { got: { n: 3 } } })
  expect(statuses(view)).toEqual({
    input: 'completed',
    'w.list': 'completed',
    each: 'completed',
    'w.pay': 'completed',
    'w.fire': 'skipped',
    'each[0]/w.echo': 'completed',
    'each[1]/w.echo': 'completed',
    'each[2]/w.echo': 'completed',
  })
  expect(started.filter(({ name }) => name === 'w.pay')).toMatchObject([
    { input: { n: 3 }, key: expect.stringContaining(runId) },
  ])
  expect((await state(runId, { step: 'each[1]/w.echo' })).selected).toEqual({
    step: 'each[1]/w.echo',
    input: { n: 2 },
    output: { got: { n: 2 } },
  })
  const bad = await call(hub, owner, 'workflows.run', { name: 'full', version: 1, input: {} })
  expect(bad.body).toMatchObject({ status: 400, code: 'VALIDATION_ERROR' })
})

test('a template that cannot run is refused with the reasons', async () => {
  const reasons = async (template: unknown, more: object = {}): Promise<string[]> => {
    const { body } = await call(hub, owner, 'workflows.validate', { template, ...more })
    return body.data.problems.map((one: { reason: string }) => one.reason)
  }
  expect(await reasons(sequence(op('w.none')))).toEqual(['unknown-operation'])
  expect(await reasons(sequence(op('w.items')))).toEqual(['not-allowed'])
  expect(await reasons(sequence(op('w.fire', { retries: 2 })))).toEqual(['not-allowed'])
  expect(await reasons(sequence(op('w.strict', { input: { n: 'one' } })))).toEqual([
    'input-does-not-fit',
  ])
  expect(
    await reasons(sequence(op('w.echo'), op('w.strict', { input: { m: result('w.echo') } }))),
  ).toEqual(['input-does-not-fit'])
  expect(
    await reasons(sequence(op('w.strict', { input: { n: result('input', '/n') } })), {
      inputSchema: { type: 'object', properties: { n: { type: 'string' } }, required: ['n'] },
    }),
  ).toEqual(['input-does-not-fit'])
  expect(
    await reasons(
      sequence(
        op('w.echo', { input: { n: result('b') } }, 'a'),
        op('w.echo', { input: { n: result('a') } }, 'b'),
      ),
    ),
  ).toEqual(['cycle'])
  expect(await reasons(sequence(op('w.echo', { input: { n: result('absent') } })))).toEqual([
    'unknown-step',
  ])
  expect(
    await reasons({
      type: 'map',
      props: { over: result('input', '/list'), as: 'x' },
      children: [op('w.echo')],
    }),
  ).toEqual(['unbounded-map'])
  expect(
    await reasons({ type: 'conditional', props: { test: false }, children: [op('w.echo')] }),
  ).toContain('unreachable')
  expect(await reasons(sequence(op('w.echo', {}, 'a'), op('w.list', {}, 'a')))).toEqual([
    'duplicate-key',
  ])
  expect(await reasons(sequence(op('w.echo', {}, 'input')))).toEqual(['malformed'])
  expect(await reasons({ type: 'loop' })).toEqual(['malformed'])
  expect(await reasons('text')).toEqual(['malformed'])
  expect(await reasons(sequence())).toEqual(['malformed'])
  expect(await reasons(sequence(op('workflows.delay', { input: { ms: -1 } })))).toContain(
    'input-does-not-fit',
  )
  let deep = op('w.echo')
  for (let level = 0; level < 100; level += 1) deep = sequence(deep)
  expect(await reasons(deep)).toEqual(['too-deep'])
  const large = sequence(op('w.echo', { input: { text: 'x'.repeat(300_000) } }))
  expect(await reasons(large)).toEqual(['too-large'])
  const many = sequence(...Array.from({ length: 1001 }, () => op('w.echo')))
  expect(await reasons(many)).toEqual(['too-large'])

  const refused = await create('broken', sequence(op('w.none')))
  expect(refused.body).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { problems: [{ reason: 'unknown-operation', node: 'w.none' }] },
  })
  expect((await create('broken', large)).body.code).toBe('PAYLOAD_TOO_LARGE')
  const none = await call(hub, owner, 'workflows.run', { name: 'broken' })
  expect(none.body).toMatchObject({ status: 404, code: 'WORKFLOW_NOT_FOUND' })
})

test('a step that fails is repeated as its template says, and a run that failed goes on from its failed step', async () => {
  await create(
    'flaky',
    sequence(
      op('w.echo', { input: { n: 50 } }, 'before'),
      op('w.flaky', { input: { name: result('input', '/name') }, retries: 2, backoffMs: 10 }),
      op('w.echo', { input: { n: 51 } }, 'behind'),
    ),
  )
  failing.set('two', 2)
  const first = await ended(await run('flaky', { name: 'two' }))
  expect(first).toMatchObject({ status: 'completed' })
  expect(first.steps.find((one: { step: string }) => one.step === 'w.flaky').attempts).toBe(3)

  failing.set('five', 5)
  const runId = await run('flaky', { name: 'five' })
  const failed = await ended(runId)
  expect(failed).toMatchObject({
    status: 'failed',
    error: { code: 'EXECUTION_ERROR', details: { step: 'w.flaky' } },
  })
  expect(statuses(failed)).toMatchObject({ before: 'completed', behind: 'aborted' })
  const again = await call(hub, owner, 'workflows.retry', { runId })
  expect(again.body.data).toEqual({ runId, steps: ['w.flaky'] })
  expect(await ended(runId)).toMatchObject({ status: 'completed', output: { got: { n: 51 } } })
  expect(
    inputsOf('w.flaky').filter((one) => (one as { name: string }).name === 'five'),
  ).toHaveLength(6)
  expect((await call(hub, owner, 'workflows.retry', { runId })).status).toBe(409)
})

test('a call that must not be repeated fails its step, and a condition handles the failure', async () => {
  await create(
    'handled',
    sequence(op('w.fire', { input: { n: 1 } }), {
      type: 'conditional',
      props: { test: 'w.fire', else: op('w.echo', { input: { n: 60 } }, 'repair') },
      children: [op('w.echo', {}, 'normal')],
    }),
  )
  const view = await ended(await run('handled'))
  expect(view).toMatchObject({ status: 'completed', output: { got: { n: 60 } } })
  expect(statuses(view)).toMatchObject({ 'w.fire': 'failed', normal: 'skipped' })
  expect(inputsOf('w.fire')).toHaveLength(1)
})

test('steps wait for a time and for events without a process that works on the run', async () => {
  await create(
    'waits',
    sequence(
      op('workflows.delay', { input: { ms: 1500 } }, 'pause'),
      op('workflows.event', { input: { event: 'go', timeoutMs: 60_000 } }, 'gate'),
      op('w.echo', { input: { n: result('gate', '/n') } }),
      op('workflows.event', { input: { event: 'never', timeoutMs: 1100 } }, 'late'),
    ),
  )
  const runId = await run('waits')
  await vi.waitUntil(async () => (await state(runId)).status === 'waiting', { timeout: 10_000 })
  // An event that comes before its step is kept for it.
  const sent = await call(hub, owner, 'workflows.signal', { runId, event: 'go', data: { n: 9 } })
  expect(sent.status).toBe(200)
  const view = await ended(runId)
  expect(view).toMatchObject({
    status: 'failed',
    error: { code: 'TIMEOUT', details: { step: 'late' } },
  })
  expect(statuses(view)).toMatchObject({ pause: 'completed', gate: 'completed' })
  expect(inputsOf('w.echo')).toContainEqual({ n: 9 })
  expect((await call(hub, owner, 'workflows.signal', { runId, event: 'go' })).status).toBe(409)
})

test('a step with a long time is a queued call, and its run holds no process meanwhile', async () => {
  await create('long', sequence(op('w.slow', { input: { n: 70 }, timeoutMs: 120_000 })))
  const runId = await run('long')
  await expect.poll(() => inputsOf('w.slow'), { timeout: 10_000 }).toContainEqual({ n: 70 })
  await vi.waitUntil(async () => (await state(runId)).status === 'waiting', { timeout: 10_000 })
  const { callId } = (await state(runId)).steps.at(-1)
  expect((await call(hub, owner, 'calls.get', { callId })).body.data).toMatchObject({
    status: 'running',
    operationId: 'w.slow',
  })
  started.findLast((one) => one.name === 'w.slow')?.answer({ slow: true })
  expect(await ended(runId)).toMatchObject({ status: 'completed', output: { slow: true } })
})

test('a queued call of a step that failed is no dead letter: its run repeats it, or is in the inbox itself', async () => {
  const flaky = (name: string, more: object = {}): object =>
    op('w.flaky', { input: { name }, timeoutMs: 120_000, backoffMs: 100, ...more })
  failing.set('repeated', 1)
  await create('repeats-queued', flaky('repeated', { retries: 1 }))
  const repeated = await ended(await run('repeats-queued'))
  expect(repeated.status).toBe('completed')
  expect(repeated.steps.at(-1).attempts).toBe(2)
  failing.set('once', 1)
  await create('fails-queued', flaky('once'))
  const runId = await run('fails-queued')
  const { callId } = (await ended(runId)).steps.at(-1)
  const queued = await call(hub, owner, 'calls.queued', { status: 'failed' })
  expect(queued.body.data.items).toContainEqual(expect.objectContaining({ callId, runId }))
  const dead = await call(hub, owner, 'calls.deadLetters', {})
  expect(dead.body.data.items).toEqual([])
  const inbox = async (): Promise<unknown[]> => {
    const { body } = await call(hub, owner, 'inbox.list', { kinds: ['dead-letter', 'finding'] })
    return body.data.items.filter(
      (one: { kind: string; subject: { id: string } }) =>
        one.kind === 'dead-letter' || one.subject.id === runId,
    )
  }
  expect(await inbox()).toMatchObject([
    {
      kind: 'finding',
      detail: 'workflow-run-failed',
      subject: { type: 'workflow-run', id: runId },
      title: expect.stringContaining('fails-queued failed. The step w.flaky failed'),
    },
  ])
  const repeats = await hub.createKey(['calls:enqueue', 'w:use'], owner.accountId)
  expect((await call(hub, repeats, 'calls.repeatDead', { callId })).body).toMatchObject({
    code: 'CONFLICT',
    details: { callId, runId },
  })
  expect((await call(hub, owner, 'workflows.retry', { runId })).status).toBe(200)
  expect(await ended(runId)).toMatchObject({ status: 'completed' })
  expect(await inbox()).toEqual([])
})

test('the queued call of a step is limited to the organizations of its run', async () => {
  const { sql } = hub.database
  const slow = op('w.slow', { input: { n: 75 }, timeoutMs: 120_000 })
  await create('limited', sequence(op('workflows.event', { input: { event: 'go' } }), slow))
  const runId = await run('limited')
  await vi.waitUntil(async () => (await state(runId)).status === 'waiting', { timeout: 10_000 })
  // As of a run that a spoke started on behalf of the account.
  await sql`
    with made as (
      insert into grants (id, account_id, key_id, scopes, resources, metadata)
      select gen_random_uuid()::text, g.account_id, g.key_id, g.scopes, g.resources, '{"withinOrgs": ["one"]}'
      from grants g join workflow_runs r on r.grant_id = g.id where r.id = ${runId} returning id)
    update workflow_runs set grant_id = made.id from made where workflow_runs.id = ${runId}`
  await call(hub, owner, 'workflows.signal', { runId, event: 'go' })
  await expect.poll(() => inputsOf('w.slow'), { timeout: 10_000 }).toContainEqual({ n: 75 })
  const rows = await sql`
    select g.metadata from queued_calls q join grants g on g.id = q.grant_id where q.metadata ->> 'workflowRunId' = ${runId}`
  expect(rows.map(({ metadata }) => metadata)).toEqual([{ withinOrgs: ['one'] }])
  started.findLast((one) => one.name === 'w.slow')?.answer({})
  expect(await ended(runId)).toMatchObject({ status: 'completed' })
})

test('aborting a run aborts its calls, through to their handlers', async () => {
  await create('stuck', {
    type: 'parallel',
    children: [
      op('w.slow', { input: { n: 80 } }, 'here'),
      op('w.slow', { input: { n: 81 }, timeoutMs: 120_000 }, 'queued'),
      op('workflows.event', { input: { event: 'x' } }, 'event'),
    ],
  })
  const runId = await run('stuck')
  await expect
    .poll(() => inputsOf('w.slow'), { timeout: 10_000 })
    .toEqual(expect.arrayContaining([{ n: 80 }, { n: 81 }]))
  const before = aborted.length
  const answer = await call(hub, owner, 'workflows.abort', { runId, reason: 'No more.' })
  expect(answer.body.data).toEqual({ runId, receipt: 'accepted' })
  expect(await ended(runId)).toMatchObject({
    status: 'aborted',
    error: { code: 'ABORTED', message: 'No more.' },
  })
  await expect.poll(() => aborted.length - before, { timeout: 10_000 }).toBe(2)
  expect((await call(hub, owner, 'workflows.abort', { runId })).body.data.receipt).toBe('too-late')
  expect((await call(hub, owner, 'workflows.retry', { runId })).status).toBe(409)
})

test('a branch uses the results before its step, and calls that step with another input', async () => {
  await create(
    'tree',
    sequence(
      op('w.pay', { input: { n: 90 } }, 'first'),
      {
        type: 'parallel',
        children: [
          op('w.pay', { input: { n: 91 } }, 'beside'),
          op('w.echo', { input: { n: result('first', '/got/n') } }, 'changed'),
        ],
      },
      op('w.echo', { input: { n: result('changed', '/got/n') } }, 'last'),
    ),
  )
  const runId = await run('tree')
  expect(await ended(runId)).toMatchObject({ output: { got: { n: 90 } } })
  const pays = (): number => started.filter(({ name }) => name === 'w.pay').length
  const before = pays()
  const made = await call(hub, owner, 'workflows.branch', {
    runId,
    step: 'changed',
    input: { n: 99 },
  })
  expect(made.body.data).toMatchObject({
    parentRunId: runId,
    reused: ['input', 'first', 'beside'],
    known: false,
  })
  const view = await ended(made.body.data.runId)
  expect(view).toMatchObject({
    status: 'completed',
    output: { got: { n: 99 } },
    parentRunId: runId,
    branchStep: 'changed',
  })
  expect(pays()).toBe(before)
  const none = await call(hub, owner, 'workflows.branch', { runId, step: 'nowhere' })
  expect(none.body.code).toBe('STEP_NOT_FOUND')
})

test('a branch whose input its step does not take is refused before anything runs, with the path', async () => {
  const last = op('workflows.delay', { input: { ms: 1 } })
  await create('typed', sequence(op('w.strict', { input: { n: 1 } }), last))
  const { runId } = await ended(await run('typed'))
  const before = started.length
  const misfits = [['w.strict', { n: 'one' }, '/n'] as const, ['workflows.delay', {}, ''] as const]
  for (const [step, input, path] of misfits) {
    const { body } = await call(hub, owner, 'workflows.branch', { runId, step, input })
    const errors = expect.arrayContaining([expect.objectContaining({ path })])
    expect(body).toMatchObject({ code: 'VALIDATION_ERROR', details: { errors } })
  }
  expect(started).toHaveLength(before)
})

test('a step whose queued call is gone is made again if its class allows it, in place of waiting forever', async () => {
  await create('gone', sequence(op('w.slow', { timeoutMs: 600_000 }, 'slow')))
  const before = inputsOf('w.slow').length
  const runId = await run('gone')
  await vi.waitUntil(() => inputsOf('w.slow').length > before, { timeout: 20_000 })
  await hub.database.sql`delete from queued_calls where parent_request_id = ${runId}`
  await call(hub, owner, 'workflows.signal', { runId, event: 'look', data: {} })
  await vi.waitUntil(() => inputsOf('w.slow').length > before + 1, { timeout: 20_000 })
  started.findLast(({ name }) => name === 'w.slow')?.answer({ n: 1 })
  expect(await ended(runId)).toMatchObject({ status: 'completed' })
})

test('results over the limit of a run fail the step with a code', async () => {
  await create('big', {
    type: 'map',
    props: { over: Array.from({ length: 20 }, (_, n) => n), as: 'n', maxConcurrency: 4 },
    children: [op('w.big')],
  })
  const view = await ended(await run('big'))
  expect(view).toMatchObject({ status: 'failed', error: { code: 'PAYLOAD_TOO_LARGE' } })
}, 30_000)

test('an input that fills a large result in many times fails its step with a code, and other runs go on', async () => {
  const many = (of: string): object[] => Array.from({ length: 2000 }, () => result(of))
  await create('amplified', {
    type: 'sequential',
    children: [
      op('w.big', {}, 'big'),
      {
        type: 'parallel',
        children: [
          op('w.echo', { input: { all: many('big') } }, 'call'),
          op('workflows.approval', { input: { question: 'Yes?', details: many('big') } }, 'ask'),
        ],
      },
    ],
  })
  const view = await ended(await run('amplified'))
  expect(view).toMatchObject({ status: 'failed', error: { code: 'PAYLOAD_TOO_LARGE' } })
  expect(statuses(view)).toMatchObject({ big: 'completed', call: 'failed', ask: 'failed' })
}, 30_000)

test('a retry gives the run the rights of its caller: a key repeats nothing that it may not do itself', async () => {
  failing.set('rights', 1)
  await create('rights', sequence(op('w.flaky', { input: { name: 'rights' } })))
  const first = await hub.createKey(
    ['w:use', 'workflows:write', 'workflows:read', 'keys:write'],
    owner.accountId,
  )
  const started = await call(hub, first, 'workflows.run', { name: 'rights', input: {} })
  const { runId } = started.body.data
  expect(await ended(runId)).toMatchObject({ status: 'failed' })
  const narrow = await hub.createKey(['workflows:write', 'workflows:read'], owner.accountId)
  expect((await call(hub, narrow, 'workflows.retry', { runId })).body).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { problems: [{ reason: 'unknown-operation' }] },
  })
  expect((await state(runId)).status).toBe('failed')
  // The key that started the run is not needed any more.
  await call(hub, first, 'keys.revoke', { keyId: first.keyId })
  expect((await call(hub, owner, 'workflows.retry', { runId })).status).toBe(200)
  await vi.waitUntil(async () => (await state(runId)).status === 'completed', { timeout: 10_000 })
})

test('the steps of a run go on when its key is rotated, unless the grants stay with the old key', async () => {
  const answers = (...numbers: number[]) =>
    started.filter(({ name, input }) => name === 'w.slow' && numbers.includes(input.n))
  const running = async (name: string, n: number) => {
    const steps = [
      op('w.slow', { input: { n } }, 'here'),
      op('w.slow', { input: { n: n + 1 }, timeoutMs: 120_000 }, 'queued'),
    ]
    await create(name, { type: 'parallel', children: steps })
    const key = await hub.createKey(['w:use', 'workflows:write'], owner.accountId)
    const { body } = await call(hub, key, 'workflows.run', { name, input: {} })
    await vi.waitUntil(() => answers(n, n + 1).length === 2, { timeout: 10_000 })
    return { runId: body.data.runId as string, keyId: key.keyId }
  }
  const rotate = async (keyId: string, moveGrants: boolean) =>
    expect((await call(hub, hub.admin, 'keys.rotate', { keyId, moveGrants })).status).toBe(200)
  const [kept, left] = [await running('rotated', 700), await running('left-behind', 702)]
  await rotate(kept.keyId, true)
  await rotate(left.keyId, false)
  expect(await ended(left.runId)).toMatchObject({
    status: 'failed',
    error: { code: 'UNAUTHENTICATED' },
  })
  for (const one of answers(700, 701)) one.answer('done')
  const view = await ended(kept.runId)
  expect(view).toMatchObject({ status: 'completed' })
  expect(statuses(view)).toMatchObject({ here: 'completed', queued: 'completed' })
})

test('only the account and members of the project see a run, and a start that is sent again starts nothing', async () => {
  await create('mine', sequence(op('w.echo', { input: { n: 100 } })))
  const runId = '0190b6d2-0000-7000-8000-0000000000aa'
  const start = (): Promise<Answer> =>
    call(hub, owner, 'workflows.run', { name: 'mine', runId, input: {} })
  expect((await start()).body.data).toMatchObject({ runId, known: false })
  expect((await start()).body.data).toMatchObject({ runId, known: true })
  await ended(runId)
  expect(inputsOf('w.echo').filter((one) => (one as { n: number }).n === 100)).toHaveLength(1)
  const other = await hub.createKey(['workflows:read', 'workflows:write', 'w:use'])
  for (const operation of ['get', 'retry', 'abort'])
    expect((await call(hub, other, `workflows.${operation}`, { runId })).body.code).toBe(
      'RUN_NOT_FOUND',
    )
  expect((await call(hub, other, 'workflows.run', { name: 'mine' })).body.code).toBe(
    'WORKFLOW_NOT_FOUND',
  )
  const narrow = await hub.createKey(['workflows:read', 'workflows:write'], owner.accountId)
  expect((await call(hub, narrow, 'workflows.run', { name: 'mine' })).body).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { problems: [{ reason: 'unknown-operation' }] },
  })
  const runs = await call(hub, owner, 'workflows.runs', { name: 'mine' })
  expect(runs.body.data.items).toMatchObject([{ runId, status: 'completed', name: 'mine' }])
  const list = await call(hub, owner, 'workflows.list', { versionsOf: 'full' })
  expect(list.body.data.items.map((one: { version: number }) => one.version)).toEqual([2, 1])
  const drawn = await call(hub, owner, 'workflows.get', { runId, graph: 'mermaid' })
  expect(drawn.body.data.graph).toContain('s1["w.echo<br/>completed"]')
  const dot = await call(hub, owner, 'workflows.get', { name: 'full', version: 1, graph: 'dot' })
  expect(dot.body.data.graph).toContain('s2 [label="each (map)"]')
})

test('a step that asks for approval waits for the answer, which conditions read', async () => {
  await create(
    'asks',
    sequence(
      op('workflows.approval', { input: { question: 'Deploy?', details: { n: 1 } } }, 'ask'),
      {
        type: 'conditional',
        props: { test: { node: 'ask', path: '/decision', equals: 'allow' } },
        children: [op('w.echo', { input: { n: 110 } }, 'deploy')],
      },
    ),
  )
  const runId = await run('asks')
  const approver = await hub.createKey(['sessions:approve', 'sessions:read'], owner.accountId)
  const list = async (): Promise<Answer> =>
    call(hub, approver, 'approvals.list', { subjectType: 'workflow-run', subjectId: runId })
  const [asked] = await vi.waitUntil(
    async () => {
      const { items } = (await list()).body.data
      return items.length > 0 ? items : undefined
    },
    { timeout: 10_000 },
  )
  expect(asked).toMatchObject({ kind: 'step', question: 'Deploy?', status: 'open' })
  await vi.waitUntil(async () => (await state(runId)).status === 'waiting', { timeout: 10_000 })
  const answer = { approvalId: asked.approvalId, decision: 'allow', answer: 'Go.' }
  expect((await call(hub, approver, 'approvals.answer', answer)).status).toBe(200)
  expect(await ended(runId)).toMatchObject({ status: 'completed', output: { got: { n: 110 } } })
  expect((await state(runId, { step: 'ask' })).selected.output).toEqual({
    decision: 'allow',
    answer: 'Go.',
    expired: false,
  })
})

test('what a run has asked for is withdrawn when the run is aborted', async () => {
  await create('given-up', op('workflows.approval', { input: { question: 'Deploy?' } }, 'ask'))
  const runId = await run('given-up')
  const approver = await hub.createKey(['sessions:approve', 'sessions:read'], owner.accountId)
  const asked = async (): Promise<{ approvalId: string; status: string }[]> =>
    (await call(hub, approver, 'approvals.list', { subjectType: 'workflow-run', subjectId: runId }))
      .body.data.items
  await vi.waitUntil(async () => (await asked())[0]?.status === 'open', { timeout: 10_000 })
  await call(hub, owner, 'workflows.abort', { runId })
  expect(await ended(runId)).toMatchObject({ status: 'aborted' })
  const [approval] = await asked()
  expect(approval?.status).toBe('withdrawn')
  const answer = { approvalId: approval?.approvalId, decision: 'allow' }
  expect((await call(hub, approver, 'approvals.answer', answer)).body.code).toBe('APPROVAL_EXPIRED')
})

test('a step asks accounts that may see its run, and no others', async () => {
  const [outsider, member] = [await hub.createKey([]), await hub.createKey(['sessions:approve'])]
  const { db, sql } = hub.database
  const org = await createOrganization(db, { name: 'askers', ownerId: owner.accountId })
  await sql`insert into organization_members (id, org_id, account_id, membership_level)
    values (${uuidv7()}, ${org.id}, ${member.accountId}, 'member')`
  const { id: project } = await ensureProject(db, {
    slug: 'asking',
    ownerId: owner.accountId,
    orgId: org.id,
  })
  // The key is fresh: its organizations are read at its first use.
  const asker = await hub.createKey(['workflows:read', 'workflows:write'], owner.accountId)
  const asks = (...askedOf: unknown[]): object =>
    op('workflows.approval', { input: { question: 'Deploy?', askedOf } }, 'ask')
  const template = asks(`account:${member.accountId}`)
  const foreign = asks(`account:${member.accountId}`, `account:${outsider.accountId}`)
  const problem = { reason: 'not-allowed', node: 'ask', path: '/askedOf' }
  for (const refused of [
    { project, template: foreign },
    // The own project, which the member of the organization may not see.
    { template },
  ]) {
    const checked = await call(hub, asker, 'workflows.validate', refused)
    expect(checked.body.data).toMatchObject({ valid: false, problems: [problem] })
    const made = await call(hub, asker, 'workflows.create', { name: 'foreign', ...refused })
    expect(made.body).toMatchObject({ code: 'VALIDATION_ERROR', details: { problems: [problem] } })
  }
  expect(
    (await call(hub, asker, 'workflows.validate', { project, template })).body.data,
  ).toMatchObject({ valid: true })
  const stored = { name: 'fitting', project, template }
  expect((await call(hub, asker, 'workflows.create', stored)).status).toBe(200)
  // What is filled in is checked when the step asks.
  const filled = { name: 'filled', project, template: asks(result('input', '/who')) }
  expect((await call(hub, asker, 'workflows.create', filled)).status).toBe(200)
  const input = { who: `account:${outsider.accountId}` }
  const begun = await call(hub, asker, 'workflows.run', { name: 'filled', project, input })
  expect(await ended(begun.body.data.runId)).toMatchObject({
    status: 'failed',
    error: { code: 'VALIDATION_ERROR', details: { step: 'ask' } },
  })
  expect(await sql`select 1 from approvals where asked_of @> ${[input.who]}`).toEqual([])
  const question = async () => {
    const { body } = await call(hub, asker, 'workflows.run', { name: 'fitting', project })
    const { runId } = body.data
    const approvalId = await vi.waitUntil(
      async () => {
        const { items } = (
          await call(hub, member, 'approvals.list', { subjectId: runId, status: 'open' })
        ).body.data
        return items[0]?.approvalId as string | undefined
      },
      { timeout: 10_000 },
    )
    return { runId, answer: { approvalId, decision: 'allow' } }
  }
  const first = await question()
  expect((await call(hub, member, 'approvals.answer', first.answer)).status).toBe(200)
  expect(await ended(first.runId)).toMatchObject({ status: 'completed' })
  const second = await question()
  // One who has left answers no more, and a version that is stored is checked again when it is run.
  await sql`delete from organization_members where account_id = ${member.accountId}`
  const open = { subjectId: second.runId, status: 'open' }
  expect((await call(hub, member, 'approvals.list', open)).body.data.items).toEqual([])
  expect((await call(hub, member, 'inbox.list', { kinds: ['approval'] })).body.data.items).toEqual(
    [],
  )
  for (const [operation, input] of [
    ['approvals.answer', second.answer],
    ['approvals.get', { approvalId: second.answer.approvalId }],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await call(hub, member, operation, input)).body.code).toBe('APPROVAL_NOT_FOUND')
  expect((await call(hub, asker, 'workflows.abort', { runId: second.runId })).status).toBe(200)
  const late = await call(hub, asker, 'workflows.run', { name: 'fitting', project })
  expect(late.body).toMatchObject({ code: 'VALIDATION_ERROR', details: { problems: [problem] } })
})

test('what a run of a project of an organization asks, and that it failed, is shown to the members too', async () => {
  const { db, sql } = hub.database
  const org = await createOrganization(db, { name: 'sharers', ownerId: owner.accountId })
  const member = await hub.createKey(['sessions:approve'])
  const outsider = await hub.createKey(['sessions:approve'])
  await sql`insert into organization_members (id, org_id, account_id, membership_level)
    values (${uuidv7()}, ${org.id}, ${member.accountId}, 'member')`
  const shared = { slug: 'shared', ownerId: owner.accountId, orgId: org.id }
  const { id: project } = await ensureProject(db, shared)
  const starter = await hub.createKey(
    ['w:use', 'workflows:read', 'workflows:write'],
    owner.accountId,
  )
  failing.set('shared', 1)
  const template = sequence(
    op('workflows.approval', { input: { question: 'Deploy?' } }, 'ask'),
    op('w.flaky', { input: { name: 'shared' }, timeoutMs: 120_000 }),
  )
  const stored = await call(hub, starter, 'workflows.create', { name: 'shared', project, template })
  expect(stored.status).toBe(200)
  const begun = await call(hub, starter, 'workflows.run', { name: 'shared', project })
  const { runId } = begun.body.data
  const inboxOf = async (key: TestKey, kind: string) => {
    const { body } = await call(hub, key, 'inbox.list', { kinds: [kind] })
    return body.data.items.filter((one: { subject?: { id: string } }) => one.subject?.id === runId)
  }
  const [asked] = await vi.waitUntil(
    async () => {
      const items = await inboxOf(member, 'approval')
      return items.length > 0 ? items : undefined
    },
    { timeout: 10_000 },
  )
  expect(asked).toMatchObject({ orgId: org.id, accountId: owner.accountId })
  const answer = { approvalId: asked.id, decision: 'allow' }
  expect(await inboxOf(outsider, 'approval')).toEqual([])
  expect((await call(hub, outsider, 'approvals.answer', answer)).body.code).toBe(
    'APPROVAL_NOT_FOUND',
  )
  expect((await call(hub, member, 'approvals.answer', answer)).body).toMatchObject({
    data: { answeredBy: member.accountId },
  })
  expect(await ended(runId)).toMatchObject({ status: 'failed' })
  expect(await inboxOf(member, 'finding')).toMatchObject([
    { detail: 'workflow-run-failed', orgId: org.id },
  ])
  expect(await inboxOf(outsider, 'finding')).toEqual([])
})
