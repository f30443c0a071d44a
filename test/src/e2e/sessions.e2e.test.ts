import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session, SessionEvent, SessionMessage } from '@alkdev/contracts/agents'
import { MODEL_CALL_PURPOSE } from '@alkdev/contracts'
import { signToken } from '@alkdev/crypto'
import type { Secret } from '@alkdev/crypto'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke, mutation, query } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { must, uuidv7 } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ask, call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'

const SCRIPT = `
models:
  worker:
    turns:
      - when: '^note (.*)'
        steps:
          - say: I write it down.
            calls:
              - tool: call
                arguments: { operationId: notes.add, input: { path: a.md, text: '{{prompt}}' } }
          - say: 'It says: {{result}}'
      - when: 'guarded'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: notes.add, input: { path: secret.md, text: x } }
          - say: 'After the answer: {{result}}'
      - when: 'slow tool'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: notes.slow, input: {} }
          - say: 'Slow says {{result}}'
      - when: 'keys'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: keys.list, input: {} }
          - say: '{{result}}'
      - when: 'ways around'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: notes.add, input: { path: b.md, text: direct } }
              - tool: call
                arguments: { operationId: notes.outer, input: {} }
              - tool: call
                arguments: { operationId: calls.enqueue, input: { operationId: notes.add, input: { path: b.md, text: queued } } }
              - tool: call
                arguments: { operationId: workflows.run, input: { name: adding, input: {} } }
              - tool: call
                arguments: { operationId: schedules.create, input: { name: adding, cron: '* * * * *', operationId: notes.add, input: { path: b.md, text: later } } }
              - tool: call
                arguments: { operationId: coord.spawn, input: { prompt: note from below, model: scripted/worker, role: free, key: below } }
          - say: Tried.
      - when: 'slow text'
        steps:
          - say: 'one two three four five six seven eight nine ten '
            times: 20
            pieceChars: 10
            pieceMs: 40
      - when: 'stall'
        steps:
          - say: 'a long answer that stops in its middle '
            times: 400
            fault: silence-midway
      - steps:
          - say: 'You said {{prompt}}'
  loop:
    turns:
      - loop: true
        steps:
          - calls:
              - tool: list
                arguments: { limit: 1 }
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey
let spoke: Spoke
const notes: { readonly path: string; readonly text: string }[] = []
let busKey = ''
let slow = Promise.withResolvers<void>()
let slowRuns = 0

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-scripts-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder }))
  hub = stack.use(
    await startTestStack(
      { sessions: { maxSteps: 6, firstByteMs: 8000, idleMs: 4000 } },
      {
        onConfig(config) {
          busKey = (config as unknown as { bus: { key: Secret } }).bus.key.reveal()
          return config
        },
      },
    ),
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
    name: 'notebook',
    operations: [
      {
        _meta: { 'alkhub/resource': '/path' },
        ...mutation(
          {
            id: 'notes.add',
            description: 'Adds a note.',
            input: Type.Object({ path: Type.String(), text: Type.String() }),
            output: Type.Object({ count: Type.Integer() }),
          },
          (input: { path: string; text: string }) => {
            notes.push(input)
            return { count: notes.length }
          },
        ),
      },
      mutation(
        {
          id: 'notes.outer',
          description: 'Adds a note by another call.',
          input: Type.Object({}),
          output: Type.Object({ answer: Type.String() }),
        },
        async (_input, context) => {
          const answer = await context.call('notes.add', { path: 'b.md', text: 'nested' }).then(
            () => 'added',
            (error: unknown) => String((error as { code?: unknown }).code),
          )
          return { answer }
        },
      ),
      query(
        {
          id: 'notes.slow',
          description: 'Answers when it may.',
          input: Type.Object({}),
          output: Type.Object({ runs: Type.Integer() }),
        },
        async () => {
          slowRuns += 1
          await slow.promise
          return { runs: slowRuns }
        },
      ),
    ],
  })
  await spoke.attached()
})
afterAll(async () => {
  slow.resolve()
  await spoke?.[Symbol.asyncDispose]()
  await stack.disposeAsync()
})

async function ok<T = Record<string, unknown>>(id: string, input: object, key = user): Promise<T> {
  const { status, body } = await call(hub, key, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

const create = (more: object = {}) =>
  ok<Session>('sessions.create', { model: 'scripted/worker', ...more })
const get = (sessionId: string) => ok<Session>('sessions.get', { sessionId })

async function messagesOf(sessionId: string): Promise<SessionMessage[]> {
  const page = await ok<{ items: SessionMessage[] }>('sessions.messages', { sessionId })
  return page.items.toReversed()
}

async function settled(sessionId: string): Promise<Session> {
  return vi.waitFor(
    async () => {
      const session = await get(sessionId)
      expect(session.turnId).toBeUndefined()
      expect(['idle', 'waiting']).toContain(session.status)
      return session
    },
    { timeout: 60_000, interval: 100 },
  )
}

const textOf = ({ parts }: SessionMessage): string =>
  parts.map((part) => ('text' in part ? part.text : '')).join('')
const lastText = async (sessionId: string): Promise<string> =>
  textOf(must((await messagesOf(sessionId)).at(-1)))

test('a prompt becomes a turn: model, tool call at a spoke, answer', async () => {
  const before = notes.length
  const { sessionId } = await create({ prompt: 'note buy milk' })
  expect(await settled(sessionId)).toMatchObject({ status: 'idle', endReason: 'completed' })
  expect(notes.slice(before)).toEqual([{ path: 'a.md', text: 'note buy milk' }])
  const messages = await messagesOf(sessionId)
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'assistant'])
  expect(messages[0]).toMatchObject({ delivery: 'answered' })
  expect(messages[1]?.parts).toMatchObject([
    { type: 'text', text: 'I write it down.' },
    { type: 'tool-call', toolCall: { operationId: 'notes.add', status: 'done' } },
    { type: 'step-finish', model: 'scripted/worker' },
  ])
  expect(textOf(must(messages[2]))).toContain('"count"')
})

test('the calls of a turn are below it in the call history, those of models too', async () => {
  const { sessionId } = await create({ prompt: 'note tea' })
  await settled(sessionId)
  const turnId = must((await messagesOf(sessionId))[0]?.turnId)
  await vi.waitFor(async () => {
    const rows = await hub.database.sql<{ operation_name: string; session_id: string }[]>`
      select operation_name, session_id from call_log where parent_id = ${turnId}::uuid and turn_id = ${turnId}::uuid`
    expect(rows.map(({ operation_name: name }) => name).toSorted()).toEqual([
      'inference.chatCompletions',
      'inference.chatCompletions',
      'notes.add',
    ])
    expect(new Set(rows.map(({ session_id: id }) => id))).toEqual(new Set([sessionId]))
  })
  const usage = await hub.database
    .sql`select session_id from inference_usage where turn_id = ${turnId}`
  expect(usage).toHaveLength(2)
})

test('R8, R7: a model that stays silent ends the turn with its own reason, and the session takes the next prompt', async () => {
  const { sessionId } = await create({ model: 'scripted/silence', prompt: 'Hello' })
  const midway = await create({ prompt: 'stall' })
  expect(await settled(sessionId)).toMatchObject({ endReason: 'first-byte-timeout' })
  expect(await settled(midway.sessionId)).toMatchObject({ endReason: 'idle-timeout' })
  const { session } = await ok<{ session: Session }>('sessions.prompt', {
    sessionId,
    text: 'Again',
  })
  expect(session.status).toBe('queued')
  await ok('sessions.stop', { sessionId })
})

test.each([
  ['broken-json', 'completed'],
  ['unknown-tool', 'completed'],
  ['nul', 'completed'],
  ['flood', 'provider-error'],
  ['refuses-key', 'provider-error'],
  ['too-long', 'context-exhausted'],
])(
  'a model that acts as %s ends the turn with %s, and the history stays legal',
  async (name, reason) => {
    const { sessionId } = await create({ model: `scripted/${name}`, prompt: 'Hello' })
    const ended = await settled(sessionId)
    expect(ended.endReason).toBe(reason)
    const open = await hub.database.sql`
    select id from tool_calls where session_id = ${sessionId} and ended_at is null`
    expect(open).toEqual([])
  },
)

test('a model that loops reaches the limit of steps', async () => {
  const { sessionId } = await create({ model: 'scripted/loop', prompt: 'Hello' })
  expect(await settled(sessionId)).toMatchObject({ endReason: 'turn-limit' })
})

test('H1: a session calls nothing that gives it more rights', async () => {
  const { sessionId } = await create({ prompt: 'keys' })
  await settled(sessionId)
  const [, asked] = await messagesOf(sessionId)
  expect(asked?.parts[0]).toMatchObject({ toolCall: { status: 'denied' } })
})

test('H1: what the role of a session denies is denied by every way to it: queue, workflow, schedule, nested call, spawned session', async () => {
  const rules = (decision: string) => [
    { action: 'notes.add', permission: decision, pattern: '*' },
    { action: '*', permission: 'allow', pattern: '*' },
  ]
  for (const [name, decision] of [
    ['narrow', 'deny'],
    ['free', 'allow'],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- two
    await ok(
      'roles.create',
      { name, mode: 'primary', permissions: rules(decision), scopes: ['*'] },
      hub.admin,
    )
  const add = {
    type: 'operation',
    props: { name: 'notes.add', input: { path: 'b.md', text: 'run' } },
  }
  await ok('workflows.create', { name: 'adding', template: add })
  const before = notes.length
  const { sessionId } = await create({ role: 'narrow', prompt: 'ways around' })
  expect(await settled(sessionId)).toMatchObject({ endReason: 'completed' })
  const calls = (await messagesOf(sessionId)).flatMap(({ parts }) =>
    parts.flatMap((part) => (part.type === 'tool-call' ? [part.toolCall] : [])),
  )
  const ends = calls.map((one) => [one.operationId, one.status])
  expect(ends).toEqual([
    ['notes.add', 'denied'],
    ['notes.outer', 'done'],
    ['calls.enqueue', 'denied'],
    ['workflows.run', 'denied'],
    ['schedules.create', 'denied'],
    ['coord.spawn', 'done'],
  ])
  expect(calls[1]?.output).toContain('ACCESS_DENIED')
  const { session } = JSON.parse(must(calls[5]?.output)) as { session: Session }
  await settled(session.sessionId)
  const [, below] = await messagesOf(session.sessionId)
  expect(below?.parts).toMatchObject([
    { type: 'text' },
    { toolCall: { operationId: 'notes.add', status: 'denied' } },
    {},
  ])
  expect(notes).toHaveLength(before)
})

test('H1: the tools of the hub that the inference proxy runs for a model call of a session are refused', async () => {
  const { sessionId } = await create({ prompt: 'one' })
  await settled(sessionId)
  const [row] = await hub.database.sql<{ grant_id: string }[]>`
    select grant_id from sessions where id = ${sessionId}`
  const before = notes.length
  await using reacher = await startReacher()
  await ok('clients.create', {
    name: 'reacher',
    type: 'llm-provider',
    config: { baseUrl: reacher.url },
    secret: 'secret-of-no-one',
  })
  const askModel = async (key: string) =>
    ask({ gateway: hub.inference }, 'POST', '/v1/responses', {
      key,
      body: {
        model: 'reacher/m',
        input: 'Add it.',
        tools: [
          {
            type: 'mcp',
            server_label: 'hub',
            server_url: `${hub.inference}/mcp`,
            require_approval: 'never',
          },
        ],
      },
    })
  const token = signToken(
    {
      grantId: must(row).grant_id,
      sessionId,
      turnId: uuidv7(),
      stepId: uuidv7(),
      callId: uuidv7(),
    },
    busKey,
    60_000,
    { purpose: MODEL_CALL_PURPOSE },
  )
  const refused = await askModel(token)
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([
    400,
    expect.stringContaining('A session calls operations with its own tools.'),
  ])
  expect(notes).toHaveLength(before)
  // The same without a session.
  expect((await askModel(user.key)).status).toBe(200)
  expect(notes).toHaveLength(before + 1)
})

test('sessions.stop ends the turn and its call, and the session takes the next prompt', async () => {
  slow = Promise.withResolvers<void>()
  const { sessionId } = await create({ prompt: 'slow tool' })
  await vi.waitFor(() => expect(slowRuns).toBeGreaterThan(0), { timeout: 30_000 })
  const { turnId } = await ok<{ turnId: string }>('sessions.stop', { sessionId })
  expect(turnId).toBeDefined()
  expect(await settled(sessionId)).toMatchObject({ status: 'idle', endReason: 'user-stop' })
  slow.resolve()
  await ok('sessions.prompt', { sessionId, text: 'Hi' })
  expect(await settled(sessionId)).toMatchObject({ endReason: 'completed' })
  expect(await lastText(sessionId)).toBe('You said Hi')
})

test('R12: each message has one end: delivered in its turn, or refused', async () => {
  slow = Promise.withResolvers<void>()
  const runs = slowRuns
  const { sessionId } = await create({ prompt: 'slow tool' })
  await vi.waitFor(() => expect(slowRuns).toBe(runs + 1), { timeout: 30_000 })
  const turnId = must((await get(sessionId)).turnId)
  await ok('sessions.prompt', {
    sessionId,
    text: 'Mind the gap',
    mode: 'steer',
    expectedTurnId: turnId,
  })
  const wrong = await call(hub, user, 'sessions.prompt', {
    sessionId,
    text: 'Late',
    mode: 'steer',
    expectedTurnId: uuidv7(),
  })
  expect([wrong.status, wrong.body.code]).toEqual([409, 'MESSAGE_REFUSED'])
  await ok('sessions.prompt', { sessionId, text: 'And then' })
  slow.resolve()
  await vi.waitFor(async () => expect(await lastText(sessionId)).toBe('You said And then'), {
    timeout: 30_000,
  })
  await settled(sessionId)
  const sent = (await messagesOf(sessionId)).filter(({ role }) => role === 'user')
  expect(sent.map(({ delivery }) => delivery)).toEqual(['answered', 'answered', 'answered'])
})

test('R16: what a role asks for waits for an approval of exactly this call, and goes on after it', async () => {
  await ok(
    'roles.create',
    {
      name: 'careful',
      mode: 'primary',
      permissions: [
        { action: 'notes.add', permission: 'ask', pattern: '*' },
        { action: '*', permission: 'deny', pattern: '*' },
      ],
      scopes: ['*'],
    },
    hub.admin,
  )
  const before = notes.length
  const { sessionId } = await create({ role: 'careful', prompt: 'guarded' })
  const approvalId = await vi.waitFor(
    async () => {
      const { status, waitingOn } = await get(sessionId)
      expect([status, waitingOn]).toEqual(['waiting', 'approval'])
      const { items } = await ok<{ items: { approvalId: string }[] }>('approvals.list', {
        status: 'open',
      })
      return must(items[0]).approvalId
    },
    { timeout: 30_000 },
  )
  expect(notes).toHaveLength(before)
  const other = await hub.createKey(['*'])
  const foreign = await call(hub, other, 'approvals.answer', { approvalId, decision: 'allow' })
  expect(foreign.status).toBe(404)
  await ok('approvals.answer', { approvalId, decision: 'allow' })
  expect(await settled(sessionId)).toMatchObject({ endReason: 'completed' })
  expect(notes).toHaveLength(before + 1)
  const again = await call(hub, user, 'approvals.answer', { approvalId, decision: 'allow' })
  expect([again.status, again.body.code]).toEqual([409, 'APPROVAL_ANSWERED'])
})

test('a call that a person denies is not made, and the model gets the reason', async () => {
  const before = notes.length
  const { sessionId } = await create({ role: 'careful', prompt: 'guarded' })
  const approvalId = await vi.waitFor(
    async () => {
      const { items } = await ok<{ items: { approvalId: string }[] }>('approvals.list', {
        status: 'open',
      })
      return must(items[0]).approvalId
    },
    { timeout: 30_000 },
  )
  await ok('approvals.answer', { approvalId, decision: 'deny', answer: 'Not this file.' })
  await settled(sessionId)
  expect(notes).toHaveLength(before)
  expect(await lastText(sessionId)).toContain('Not this file.')
})

test('R6: a watcher gets a snapshot, then the text as it comes, and goes on after a cut without loss', async () => {
  const { sessionId } = await create()
  const { watchSession } = await import('../watch-session.ts')
  const first = watchSession(hub, user, sessionId)
  await first.until(({ type }) => type === 'snapshot')
  await ok('sessions.prompt', { sessionId, text: 'slow text' })
  await first.until(({ type }) => type === 'step.delta')
  const cutAt = first.position
  first.cut()
  const second = watchSession(hub, user, sessionId, cutAt)
  await second.until(({ type }) => type === 'turn.ended')
  const third = watchSession(hub, user, sessionId)
  await third.until(({ type }) => type === 'snapshot')
  const stored = await lastText(sessionId)
  const all = [...first.events, ...second.events]
  const seqs = all
    .filter(({ at }) => at !== undefined)
    .map(({ position }) => Number.parseInt(position))
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
  expect(new Set(seqs).size).toBe(seqs.length)
  expect(joined(all)).toBe(stored)
  second.cut()
  third.cut()
})

/** A provider whose model calls notes.add by the tools of the hub, and then says so. */
async function startReacher() {
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      if (text === '') return void response.end('{"object":"list","data":[{"id":"m"}]}')
      const { input } = JSON.parse(text) as { input: unknown }
      const isAnswered = JSON.stringify(input).includes('function_call_output')
      const args = { operationId: 'notes.add', input: { path: 'b.md', text: 'reached' } }
      const said = { type: 'output_text', text: 'Tried.', annotations: [] }
      const item = isAnswered
        ? { type: 'message', id: 'm', role: 'assistant', content: [said] }
        : {
            type: 'function_call',
            id: 'f',
            call_id: 'c',
            name: 'hub__call',
            arguments: JSON.stringify(args),
          }
      const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
      const answer = { id: 'r', object: 'response', created_at: 1, model: 'm', usage }
      const output = [{ ...item, status: 'completed' }]
      response.writeHead(200, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ ...answer, status: 'completed', output }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The text of the last step as a client joins it. */
function joined(events: readonly SessionEvent[]): string {
  let text = ''
  for (const { type, text: piece, kind } of events) {
    if (type === 'step.started' || type === 'step.reset') text = ''
    if (type === 'step.delta' && kind === 'text') text += piece ?? ''
  }
  return text
}

test('useChat: the transport of the AI SDK sends, resumes after a cut, answers an approval and stops', async () => {
  const { DefaultChatTransport, readUIMessageStream } = await import('ai')
  const { sessionId } = await create({ role: 'careful' })
  const transport = new DefaultChatTransport({
    api: `${hub.gateway}/api/sessions/${sessionId}/ui`,
    headers: { authorization: `Bearer ${user.key}` },
  })
  const chat = (messages: object[], abortSignal?: AbortSignal) =>
    transport.sendMessages({
      chatId: sessionId,
      messages: messages as never,
      trigger: 'submit-message',
      messageId: undefined,
      abortSignal,
    })
  const last = async (stream: Awaited<ReturnType<typeof chat>>) => {
    let message
    for await (const one of readUIMessageStream({ stream })) message = one
    return must(message)
  }
  const user1 = { id: 'u1', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }
  const first = await last(await chat([user1]))
  expect(first.parts.filter(({ type }) => type === 'text')).toMatchObject([
    { text: 'You said Hello', state: 'done' },
  ])
  // A message that is sent again is accepted once.
  const repeated = await last(await chat([user1]))
  expect(repeated.parts).toMatchObject([{ type: 'step-start' }, { text: 'You said Hello' }])
  expect(await messagesOf(sessionId)).toHaveLength(2)

  const leaving = new AbortController()
  const user2 = { id: 'u2', role: 'user', parts: [{ type: 'text', text: 'slow text' }] }
  const cut = await chat([user2], leaving.signal)
  await cut.getReader().read()
  leaving.abort()
  const resumed = must(await transport.reconnectToStream({ chatId: sessionId }))
  const whole = await last(resumed)
  expect(textOf({ parts: whole.parts } as never)).toBe(await lastText(sessionId))
  expect(await transport.reconnectToStream({ chatId: sessionId })).toBeNull()

  const user3 = { id: 'u3', role: 'user', parts: [{ type: 'text', text: 'guarded' }] }
  const asking = await chat([user3])
  const reader = asking.getReader()
  let approvalId = ''
  while (approvalId === '') {
    // oxlint-disable-next-line no-await-in-loop -- until it asks
    const { value, done } = await reader.read()
    if (done) throw new Error('an approval was expected')
    if (value.type === 'tool-approval-request') ({ approvalId } = value)
  }
  const before = notes.length
  const answer = {
    id: 'a1',
    role: 'assistant',
    parts: [
      {
        type: 'dynamic-tool',
        toolName: 'call',
        toolCallId: 'x',
        state: 'approval-responded',
        approval: { id: approvalId, approved: true },
      },
    ],
  }
  await last(await chat([user3, answer]))
  await settled(sessionId)
  // An answer that is sent again is taken once, another answer is refused.
  await (await chat([user3, answer])).cancel()
  const [part] = answer.parts
  const denial = { ...part, approval: { id: approvalId, approved: false } }
  await expect(chat([user3, { ...answer, parts: [denial] }])).rejects.toThrow('APPROVAL_ANSWERED')
  expect(notes).toHaveLength(before + 1)

  // `stop` of the hook cuts the connection alone; this ends the turn.
  const user4 = { id: 'u4', role: 'user', parts: [{ type: 'text', text: 'slow text' }] }
  const stopping = (await chat([user4])).getReader()
  const types: string[] = []
  for (let isAsked = false; ;) {
    // oxlint-disable-next-line no-await-in-loop -- until it ends
    const { value, done } = await stopping.read()
    if (done) break
    types.push(value.type)
    if (value.type !== 'text-delta' || isAsked) continue
    isAsked = true
    // oxlint-disable-next-line no-await-in-loop -- once
    const { status } = await ask(hub, 'POST', `/api/sessions/${sessionId}/ui/stop`, user)
    expect(status).toBe(200)
  }
  expect(types).toContain('abort')
  expect(await settled(sessionId)).toMatchObject({ endReason: 'user-stop' })
}, 120_000)

test('a chat whose stream is refused accepts no message', async () => {
  const { sessionId } = await create()
  const { key } = await hub.createKey(['*'], user.accountId)
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const open: Response[] = []
  // Opens streams until the limit of the key is reached.
  while (open.at(-1)?.status !== 429 && open.length < 200)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    open.push(await fetch(`${hub.gateway}/api/sessions/${sessionId}/events`, { headers }))
  expect(open.at(-1)?.status).toBe(429)
  const parts = [{ type: 'text', text: 'Hello' }]
  const refused = await fetch(`${hub.gateway}/api/sessions/${sessionId}/ui`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ message: { id: 'u', role: 'user', parts } }),
  })
  expect([refused.status, await refused.text()]).toEqual([
    429,
    expect.stringContaining('RATE_LIMITED'),
  ])
  await Promise.all(open.map(async (one) => one.body?.cancel()))
  expect(await messagesOf(sessionId)).toEqual([])
})

test('a chat whose turn waits for another one has its stream at once', async () => {
  slow = Promise.withResolvers<void>()
  const runs = slowRuns
  const { sessionId } = await create({ prompt: 'slow tool' })
  await vi.waitFor(() => expect(slowRuns).toBe(runs + 1), { timeout: 30_000 })
  const parts = [{ type: 'text', text: 'Hello' }]
  const answer = await fetch(`${hub.gateway}/api/sessions/${sessionId}/ui`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ message: { id: 'u', role: 'user', parts } }),
  })
  expect(answer.status).toBe(200)
  slow.resolve()
  expect(await answer.text()).toContain('[DONE]')
  expect(await settled(sessionId)).toMatchObject({ endReason: 'completed' })
}, 60_000)

test('a fork has the messages up to one, and both sessions go on by themselves', async () => {
  const { sessionId } = await create({ prompt: 'one' })
  await settled(sessionId)
  const [first] = await messagesOf(sessionId)
  const fork = await ok<Session>('sessions.fork', { sessionId, messageId: must(first).messageId })
  expect(fork).toMatchObject({ forkedFrom: sessionId, forkedAt: must(first).messageId })
  expect((await messagesOf(fork.sessionId)).map(textOf)).toEqual(['one'])
  await ok('sessions.prompt', { sessionId: fork.sessionId, text: 'two' })
  await settled(fork.sessionId)
  expect(await lastText(fork.sessionId)).toBe('You said two')
  expect(await lastText(sessionId)).toBe('You said one')
})

test('a revert takes messages out, and is undone', async () => {
  const { sessionId } = await create({ prompt: 'one' })
  await settled(sessionId)
  await ok('sessions.prompt', { sessionId, text: 'two' })
  await settled(sessionId)
  const messages = await messagesOf(sessionId)
  await ok('sessions.revert', { sessionId, messageId: must(messages[2]).messageId })
  expect((await messagesOf(sessionId)).map(textOf)).toEqual(['one', 'You said one'])
  await ok('sessions.unrevert', { sessionId })
  expect(await messagesOf(sessionId)).toHaveLength(4)
})

test('R15: an exported session is imported again, and a document of opencode too, with a report', async () => {
  const { sessionId } = await create({ prompt: 'note export' })
  await settled(sessionId)
  const document = await ok('sessions.export', { sessionId })
  const own = await ok<{ session: Session; messages: number }>('sessions.import', { document })
  expect(own.messages).toBe(3)
  const opencode = {
    info: { title: 'From opencode' },
    messages: [
      { info: { role: 'user' }, parts: [{ type: 'text', text: 'Hi' }, { type: 'snapshot' }] },
      {
        info: { role: 'assistant' },
        parts: [{ type: 'tool', tool: 'bash', state: { status: 'running' } }],
      },
      { info: { role: 'robot' }, parts: [] },
    ],
  }
  const other = await ok<{ session: Session; messages: number; notMapped: unknown[] }>(
    'sessions.import',
    { document: opencode },
  )
  expect([other.messages, other.notMapped.length]).toEqual([2, 2])
  await ok('sessions.prompt', { sessionId: other.session.sessionId, text: 'Hello' })
  const { status, body } = await call(hub, user, 'sessions.prompt', {
    sessionId: own.session.sessionId,
    text: 'Hello',
  })
  expect([status, body.code]).toEqual([200, undefined])
})

test('a session is not visible to another account, and to its organization only with its scope', async () => {
  const { sessionId } = await create({ prompt: 'one' })
  const other = await hub.createKey(['*'])
  for (const id of [
    'sessions.get',
    'sessions.prompt',
    'sessions.stop',
    'sessions.export',
    'sessions.archive',
  ]) {
    const input = { sessionId, ...(id === 'sessions.prompt' && { text: 'x' }) }
    expect([id, (await call(hub, other, id, input)).status]).toEqual([id, 404])
  }
  await settled(sessionId)
  await ok('sessions.archive', { sessionId })
  const late = await call(hub, user, 'sessions.prompt', { sessionId, text: 'x' })
  expect(late.body.details).toMatchObject({ reason: 'archived' })
  await ok('sessions.delete', { sessionId })
  expect((await call(hub, user, 'sessions.get', { sessionId })).status).toBe(404)
})

test('a revoked key ends the turn, and the account goes on with another key', async () => {
  const other = await hub.createKey(['*'])
  const spare = await hub.createKey(['*'], other.accountId)
  const { sessionId } = await ok<Session>('sessions.create', { title: 'mine' }, other)
  await ok('keys.revoke', { keyId: other.keyId }, spare)
  const { body } = await call(hub, spare, 'sessions.prompt', { sessionId, text: 'Hi' })
  expect(body.data).toBeDefined()
  const waiting = await vi.waitFor(
    async () => {
      const session = await ok<Session>('sessions.get', { sessionId }, spare)
      expect(session.endReason).toBeDefined()
      return session
    },
    { timeout: 30_000 },
  )
  expect(waiting).toMatchObject({ endReason: 'revoked', waitingOn: 'grant' })
  await ok('sessions.regrant', { sessionId }, spare)
  expect(await ok<Session>('sessions.get', { sessionId }, spare)).toMatchObject({ status: 'idle' })
})

test('H35: a coordinator that is replaced hands its turns on, and the call that runs is collected', async () => {
  slow = Promise.withResolvers<void>()
  const runs = slowRuns
  const { sessionId } = await create({ prompt: 'slow tool' })
  await vi.waitFor(() => expect(slowRuns).toBe(runs + 1), { timeout: 30_000 })
  const replaced = hub.replace('coordinator')
  setTimeout(() => slow.resolve(), 500)
  await replaced
  expect(await settled(sessionId)).toMatchObject({ endReason: 'completed' })
  expect(slowRuns).toBe(runs + 1)
}, 60_000)
