import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import {
  AGENT_METHODS,
  client,
  CLIENT_METHODS,
  ndJsonStream,
  PROTOCOL_VERSION,
} from '@agentclientprotocol/sdk/unstable'
import type {
  ClientConnection,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionUpdate,
} from '@agentclientprotocol/sdk/unstable'
import type { Session } from '@alkdev/contracts/agents'
import { startScriptedModel } from '@alkdev/scripted-model'
import { attachSpoke, mutation } from '@alkdev/spoke'
import type { Spoke } from '@alkdev/spoke'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestKey, TestStack } from '../test-stack.ts'
import { commandMain } from '../programs.ts'

const SCRIPT = `
models:
  worker:
    turns:
      - when: '^guarded'
        steps:
          - calls:
              - tool: call
                arguments: { operationId: notes.add, input: { text: x } }
          - say: 'After: {{result}}'
      - when: 'slow text'
        steps:
          - say: 'one two three four five six seven eight nine ten '
            times: 40
            pieceChars: 10
            pieceMs: 100
      - steps:
          - say: 'You said {{prompt}}'
`

const stack = new AsyncDisposableStack()
let hub: TestStack
let user: TestKey
let spoke: Spoke
let editor: ClientConnection
const notes: string[] = []
/** What the editor was sent, in order. */
const updates: { readonly sessionId: string; readonly update: SessionUpdate }[] = []
const questions: RequestPermissionRequest[] = []
let answer: (
  question: RequestPermissionRequest,
  signal: AbortSignal,
) => Promise<RequestPermissionResponse>

const main = commandMain()

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-acp-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'worker.yaml'), SCRIPT)
  const models = stack.use(await startScriptedModel({ folder }))
  hub = stack.use(await startTestStack())
  user = await hub.createKey(['*'])
  await writeFile(join(folder, 'user.key'), `${user.key}\n`, { mode: 0o600 })
  await ok('clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: models.url },
    secret: 'secret-of-no-one',
  })
  await call(hub, hub.admin, 'roles.create', {
    name: 'careful',
    mode: 'primary',
    permissions: [
      { action: 'notes.add', permission: 'ask', pattern: '*' },
      { action: '*', permission: 'allow', pattern: '*' },
    ],
    scopes: ['*'],
  })
  spoke = attachSpoke({
    hub: hub.broker,
    key: user.key,
    name: 'notebook',
    operations: [
      mutation(
        {
          id: 'notes.add',
          description: 'Adds a note.',
          input: Type.Object({ text: Type.String() }),
          output: Type.Object({ count: Type.Integer() }),
        },
        ({ text }: { text: string }) => ({ count: notes.push(text) }),
      ),
    ],
  })
  stack.defer(() => spoke[Symbol.asyncDispose]())
  await spoke.attached()

  const words = ['acp', '--model', 'scripted/worker', '--role', 'careful']
  const target = ['--hub', hub.gateway, '--key-file', join(folder, 'user.key')]
  const agent = spawn(process.execPath, [main, ...words, ...target], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  stack.defer(async () => {
    if (agent.exitCode !== null) return
    const exited = new Promise((resolve) => agent.once('exit', resolve))
    agent.kill('SIGTERM')
    await exited
  })
  const stream = ndJsonStream(
    Writable.toWeb(agent.stdin) as WritableStream<Uint8Array>,
    Readable.toWeb(agent.stdout) as ReadableStream<Uint8Array>,
  )
  editor = client({ name: 'test editor' })
    .onNotification(CLIENT_METHODS.session_update, ({ params }) => {
      updates.push(params)
    })
    .onRequest(CLIENT_METHODS.session_request_permission, ({ params, signal }) => {
      questions.push(params)
      return answer(params, signal)
    })
    .connect(stream)
  stack.defer(() => editor.close())
})
afterAll(() => stack.disposeAsync())
beforeEach(() => {
  updates.length = 0
  questions.length = 0
  answer = async () => ({ outcome: { outcome: 'cancelled' } })
})

async function ok<T = Record<string, unknown>>(id: string, input: object): Promise<T> {
  const { status, body } = await call(hub, user, id, input)
  expect([id, status, JSON.stringify(body).slice(0, 600)]).toEqual([id, 200, expect.anything()])
  return body.data as T
}

const cwd = tmpdir()
const create = async () =>
  (await editor.agent.request(AGENT_METHODS.session_new, { cwd, mcpServers: [] })).sessionId
const prompt = (sessionId: string, text: string) =>
  editor.agent.request(AGENT_METHODS.session_prompt, {
    sessionId,
    prompt: [{ type: 'text', text }],
  })
const textOf = (kind: SessionUpdate['sessionUpdate']) =>
  updates
    .map(({ update }) =>
      update.sessionUpdate === kind && 'content' in update && update.content != null
        ? (update.content as { text?: string }).text
        : '',
    )
    .join('')
const toolStatuses = () =>
  updates.flatMap(({ update }) =>
    update.sessionUpdate === 'tool_call' || update.sessionUpdate === 'tool_call_update'
      ? [`${update.sessionUpdate} ${update.status}`]
      : [],
  )

test('the editor learns what the agent can do', async () => {
  const { protocolVersion, agentCapabilities, agentInfo } = await editor.agent.request(
    AGENT_METHODS.initialize,
    { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} },
  )
  expect(protocolVersion).toBe(PROTOCOL_VERSION)
  expect(agentInfo?.name).toBe('alkhub')
  expect(agentCapabilities).toMatchObject({
    loadSession: true,
    sessionCapabilities: { list: {}, resume: {}, fork: {}, close: {} },
  })
})

test('R30: a prompt is answered in a session of the hub, and another process loads it with its history', async () => {
  const sessionId = await create()
  expect(await prompt(sessionId, 'hello')).toEqual({ stopReason: 'end_turn' })
  expect(textOf('agent_message_chunk')).toBe('You said hello')
  expect(await ok<Session>('sessions.get', { sessionId })).toMatchObject({
    role: 'careful',
    model: 'scripted/worker',
    endReason: 'completed',
  })
  updates.length = 0
  await editor.agent.request(AGENT_METHODS.session_load, { sessionId, cwd, mcpServers: [] })
  expect(textOf('user_message_chunk')).toBe('hello')
  expect(textOf('agent_message_chunk')).toBe('You said hello')
  updates.length = 0
  await editor.agent.request(AGENT_METHODS.session_resume, { sessionId, cwd })
  expect(updates).toEqual([])
})

test('a tool call that needs an approval asks the user, whose answer counts for the session', async () => {
  const sessionId = await create()
  answer = async () => ({ outcome: { outcome: 'selected', optionId: 'session' } })
  expect(await prompt(sessionId, 'guarded')).toEqual({ stopReason: 'end_turn' })
  expect(questions).toMatchObject([
    { sessionId, toolCall: { title: 'notes.add', rawInput: { text: 'x' } } },
  ])
  expect([toolStatuses()[0], toolStatuses().at(-1)]).toEqual([
    'tool_call pending',
    'tool_call_update completed',
  ])
  expect(textOf('agent_message_chunk')).toContain('"count":1')
  await prompt(sessionId, 'guarded')
  expect([questions.length, notes.length]).toEqual([1, 2])
})

test('a denied tool call does not run, and one that is answered elsewhere withdraws the question', async () => {
  const sessionId = await create()
  const before = notes.length
  answer = async () => ({ outcome: { outcome: 'selected', optionId: 'deny' } })
  expect(await prompt(sessionId, 'guarded')).toEqual({ stopReason: 'end_turn' })
  expect([toolStatuses().at(-1), notes.length]).toEqual(['tool_call_update failed', before])

  const withdrawn = Promise.withResolvers<void>()
  answer = async (_question, signal) => {
    const approvals = await ok<{ items: { approvalId: string }[] }>('approvals.list', {
      status: 'open',
    })
    const approvalId = approvals.items[0]?.approvalId
    await ok('approvals.answer', { approvalId, decision: 'allow' })
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    withdrawn.resolve()
    return { outcome: { outcome: 'cancelled' } }
  }
  expect(await prompt(sessionId, 'guarded')).toEqual({ stopReason: 'end_turn' })
  await withdrawn.promise
  expect(notes.length).toBe(before + 1)
})

test('a cancelled prompt stops the turn, and the session takes the next one', async () => {
  const sessionId = await create()
  const ended = prompt(sessionId, 'slow text')
  await vi.waitFor(() => expect(textOf('agent_message_chunk')).toContain('one'), {
    timeout: 30_000,
  })
  await editor.agent.notify(AGENT_METHODS.session_cancel, { sessionId })
  expect(await ended).toEqual({ stopReason: 'cancelled' })
  expect(await prompt(sessionId, 'still there?')).toEqual({ stopReason: 'end_turn' })

  const closed = prompt(sessionId, 'slow text')
  await vi.waitFor(async () =>
    expect((await ok<Session>('sessions.get', { sessionId })).turnId).toBeDefined(),
  )
  await editor.agent.request(AGENT_METHODS.session_close, { sessionId })
  expect(await closed).toEqual({ stopReason: 'cancelled' })
})

test('sessions are listed and forked, and what is not there or not text is refused', async () => {
  const sessionId = await create()
  await prompt(sessionId, 'first')
  const { sessions } = await editor.agent.request(AGENT_METHODS.session_list, {})
  expect(sessions.map((one) => one.sessionId)).toContain(sessionId)
  const fork = await editor.agent.request(AGENT_METHODS.session_fork, {
    sessionId,
    cwd,
    mcpServers: [],
  })
  expect(fork.sessionId).not.toBe(sessionId)
  updates.length = 0
  await editor.agent.request(AGENT_METHODS.session_load, {
    sessionId: fork.sessionId,
    cwd,
    mcpServers: [],
  })
  expect(textOf('user_message_chunk')).toBe('first')
  await expect(prompt('01a2256a-9143-75ec-a5ef-98d578d83dbc', 'x')).rejects.toMatchObject({
    code: -32602,
  })
  await expect(
    editor.agent.request(AGENT_METHODS.session_prompt, {
      sessionId,
      prompt: [{ type: 'image', data: '', mimeType: 'image/png' }],
    }),
  ).rejects.toMatchObject({ code: -32602 })
})
