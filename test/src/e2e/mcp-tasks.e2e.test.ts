import type { Spoke } from '@alkdev/spoke'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attachFixture } from '../conformance/fixture-spoke.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } }
const PATIENCE = { timeout: 30_000 }

let hub: TestStack
let spoke: Spoke

beforeAll(async () => {
  hub = await startTestStack({ mcpNative: { operations: ['conformance.*'] } })
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  spoke = await attachFixture(hub.broker, key)
})
afterAll(async () => {
  await spoke?.stop({ timeoutMs: 0 })
  await hub?.[Symbol.asyncDispose]()
})

interface Asked {
  readonly key?: string
  readonly capabilities?: object
  readonly path?: string
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
type Message = { readonly result?: any; readonly error?: any }

/** One request of a client of 2026-07-28. */
async function ask(method: string, params: object, asked: Asked = {}): Promise<Message> {
  const { key = hub.admin.key, capabilities = TASKS, path = '' } = asked
  const { name, taskId } = params as { readonly name?: string; readonly taskId?: string }
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  }
  const response = await fetch(`${hub.mcp}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': name ?? taskId ?? '',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
  })
  const text = await response.text()
  const line = text.split('\n').find((one) => one.startsWith('data: {'))
  return JSON.parse(line?.slice('data: '.length) ?? text) as Message
}

function start(input: object, asked: Asked = {}, more: object = {}): Promise<Message> {
  const operationId = 'conformance.slow_compute'
  return ask('tools/call', { name: 'call', arguments: { operationId, input, ...more } }, asked)
}

async function ended(taskId: string): Promise<Message['result']> {
  const status = async (): Promise<string> => (await ask('tasks/get', { taskId })).result?.status
  await expect.poll(status, PATIENCE).not.toBe('working')
  return (await ask('tasks/get', { taskId })).result
}

test('a long operation is answered with a task, which has the result in the end', async () => {
  const { result } = await start({ seconds: 0.5, label: 'all' })
  expect(result).toMatchObject({ resultType: 'task', status: 'working', pollIntervalMs: 1000 })
  expect(new Date(result.createdAt as string).getTime()).toBeGreaterThan(Date.now() - 60_000)
  expect(result).not.toHaveProperty('result')
  const task = await ended(result.taskId as string)
  expect(task).toMatchObject({
    resultType: 'complete',
    status: 'completed',
    ttlMs: 7 * 86_400_000,
    result: {
      content: [{ type: 'text', text: 'Computed all.' }],
      _meta: { 'alkhub/callId': result.taskId },
    },
  })
  expect(
    (await ask('tasks/update', { taskId: result.taskId, inputResponses: {} })).result,
  ).toMatchObject({ resultType: 'complete' })
})

test('a call with a deadline of more than 30 s becomes a task, a shorter one does not', async () => {
  const operationId = 'conformance.greet'
  const greet = (more: object): Promise<Message> =>
    ask('tools/call', { name: 'call', arguments: { operationId, input: { name: 'Ada' }, ...more } })
  expect((await greet({ deadlineMs: 30_001 })).result).toMatchObject({ resultType: 'task' })
  expect((await greet({ deadlineMs: 30_000 })).result).toMatchObject({
    resultType: 'complete',
    content: [{ type: 'text', text: 'Hello, Ada!' }],
  })
})

test('a native tool of a long operation is a task, and its failure is a completed result with isError', async () => {
  const { result } = await ask(
    'tools/call',
    { name: 'failing_job', arguments: {} },
    { path: '/native' },
  )
  expect(result.resultType).toBe('task')
  expect(await ended(result.taskId as string)).toMatchObject({
    status: 'completed',
    result: { isError: true, structuredContent: { code: 'EXECUTION_ERROR' } },
  })
})

test('a cancelled task ends as cancelled, and cancelling it again changes nothing', async () => {
  const { taskId } = (await start({ seconds: 60 })).result as { readonly taskId: string }
  const cancel = async (): Promise<unknown> => (await ask('tasks/cancel', { taskId })).result
  expect(await cancel()).toMatchObject({ resultType: 'complete' })
  expect(await ended(taskId)).toMatchObject({ status: 'cancelled' })
  expect(await cancel()).toMatchObject({ resultType: 'complete' })
})

test('a task is there for its account alone, whatever rights another one has', async () => {
  const { taskId } = (await start({ seconds: 60 })).result as { readonly taskId: string }
  const other = await hub.createKey(['*'])
  for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
    const params = { taskId, ...(method === 'tasks/update' && { inputResponses: {} }) }
    const { error } = await ask(method, params, { key: other.key })
    expect(error).toMatchObject({ code: -32602, message: 'There is no such task.' })
  }
  expect((await ask('tasks/get', { taskId })).result).toMatchObject({ status: 'working' })
  await ask('tasks/cancel', { taskId })
})

test.each(['nothing', '', '0199e000-0000-7000-8000-000000000000'])(
  'the task id %j is unknown',
  async (taskId) => {
    expect((await ask('tasks/get', { taskId })).error).toMatchObject({ code: -32602 })
  },
)

test('a call that was not queued is no task', async () => {
  const { result } = await ask('tools/call', {
    name: 'call',
    arguments: { operationId: 'conformance.greet', input: { name: 'Ada' } },
  })
  const taskId = result._meta['alkhub/callId'] as string
  expect((await ask('tasks/get', { taskId })).error).toMatchObject({ code: -32602 })
})

test('a client that does not declare tasks gets the result, and an error for the methods of tasks', async () => {
  const plain = { capabilities: {} }
  const { result } = await start({ seconds: 0.1 }, plain, { deadlineMs: 60_000 })
  expect(result).toMatchObject({ content: [{ type: 'text', text: 'Computed it.' }] })
  expect((await ask('tasks/get', { taskId: 'x' }, plain)).error).toMatchObject({
    code: -32021,
    data: { requiredCapabilities: TASKS },
  })
})

test('a client that listens to tasks gets an acknowledgement without them, and must declare tasks', async () => {
  const listen = (asked: Asked): Promise<Message> =>
    ask('subscriptions/listen', { notifications: { taskIds: ['x'] } }, asked)
  for (const path of ['', '/native']) {
    const answer: unknown = await listen({ path })
    expect(answer).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: {} },
    })
    expect(answer).not.toHaveProperty('params.notifications.taskIds')
    expect((await listen({ path, capabilities: {} })).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: TASKS },
    })
  }
})

test('a key that may not queue calls gets the result', async () => {
  const { key } = await hub.createKey(['hub:read'], hub.admin.accountId)
  const { result } = await start({ seconds: 0.1 }, { key })
  expect(result).toMatchObject({ content: [{ type: 'text', text: 'Computed it.' }] })
})

test('a task survives the MCP service and the coordinator that took it', async () => {
  const { taskId } = (await start({ seconds: 3 })).result as { readonly taskId: string }
  await hub.replace('mcp')
  await hub.replace('coordinator')
  expect(await ended(taskId)).toMatchObject({ status: 'completed' })
  expect((await call(hub, hub.admin, 'calls.get', { callId: taskId })).body.data).toMatchObject({
    operationId: 'conformance.slow_compute',
    status: 'completed',
  })
}, 120_000)
