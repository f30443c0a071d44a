import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { callModel } from './call-model.ts'
import type { ModelRequest } from './call-model.ts'
import { textOf, toolCallsOf } from './collected-answer.ts'
import type { ModelDelta } from './collected-answer.ts'

// What the loop relies on of the AI SDK, over the wire format of the inference proxy.

let answer: (response: ServerResponse) => void = () => undefined
const bodies: Record<string, unknown>[] = []
let closed = Promise.withResolvers<void>()
const server = createServer((request, response) => {
  let text = ''
  request.on('data', (chunk: Buffer) => (text += chunk.toString()))
  request.on('end', () => {
    bodies.push(JSON.parse(text) as Record<string, unknown>)
    response.once('close', () => closed.resolve())
    answer(response)
  })
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => server.closeAllConnections())
beforeEach(() => {
  bodies.length = 0
  closed = Promise.withResolvers<void>()
})

const request = (more: Partial<ModelRequest> = {}): ModelRequest => ({
  baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
  token: 'alkt1.x.y',
  model: 'm/one',
  dialect: 'chat',
  instructions: 'Be brief.',
  messages: [{ role: 'user', content: 'Hi' }],
  tools: [
    {
      name: 'call',
      description: 'Calls.',
      inputSchema: { type: 'object', properties: { operationId: { type: 'string' } } },
    },
  ],
  temperature: 0,
  firstByteMs: 5000,
  idleMs: 5000,
  maxMs: 60_000,
  ...more,
})

const chunk = (delta: object, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'x', model: 'one', choices: [{ index: 0, delta, ...more }] })}\n\n`
const stream =
  (...lines: readonly string[]) =>
  (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(lines.join(''))
const toolCall = (name: string, args: string) =>
  chunk({
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name, arguments: args } }],
  })
const end = (reason: string) =>
  chunk({}, { finish_reason: reason }) +
  'data: {"id":"x","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}\n\ndata: [DONE]\n\n'

const never = new AbortController().signal
const run = (more?: Partial<ModelRequest>, signal = never) => {
  const deltas: ModelDelta[] = []
  return callModel(request(more), (delta) => deltas.push(delta), signal).then((model) => ({
    model: { ...model, text: textOf(model), toolCalls: toolCallsOf(model) },
    deltas,
  }))
}

test('a text comes as deltas and as a whole, with its usage', async () => {
  answer = stream(chunk({ content: 'Hel' }), chunk({ content: 'lo' }), end('stop'))
  const { model, deltas } = await run()
  expect(model).toMatchObject({
    text: 'Hello',
    finishReason: 'stop',
    inputTokens: 7,
    outputTokens: 3,
  })
  expect(deltas.map(({ text }) => text).join('')).toBe('Hello')
  expect(bodies[0]).toMatchObject({
    model: 'm/one',
    stream: true,
    stream_options: { include_usage: true },
  })
  expect(bodies[0]?.['messages']).toMatchObject([{ role: 'system' }, { role: 'user' }])
})

test('one call is one request: a tool call is given back and not executed', async () => {
  answer = stream(toolCall('call', '{"operationId":"fs.read"}'), end('tool_calls'))
  const { model } = await run()
  expect(model.toolCalls).toEqual([
    { modelCallId: 'call_1', toolName: 'call', input: { operationId: 'fs.read' } },
  ])
  expect(bodies).toHaveLength(1)
})

test.each([
  ['an unknown tool', toolCall('nothing', '{}')],
  ['an input that is too deep', toolCall('call', `{"a":${'['.repeat(6000)}${']'.repeat(6000)}}`)],
  ['an input that is not valid JSON', toolCall('call', '{"operationId":')],
])('%s is a call with a fault, and no failure of the step', async (_name, line) => {
  answer = stream(line, end('tool_calls'))
  const { model } = await run()
  expect(model.toolCalls).toHaveLength(1)
  expect(model.toolCalls[0]?.fault).toBeDefined()
  expect(JSON.stringify(model.toolCalls).length).toBeLessThan(20_000)
})

test('a history that ends with the result of a tool is sent as it is', async () => {
  answer = stream(chunk({ content: 'ok' }), end('stop'))
  await run({
    messages: [
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: 'a', toolName: 'gone_tool', input: {} }],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'a',
            toolName: 'gone_tool',
            output: { type: 'text', value: 'x' },
          },
        ],
      },
    ],
  })
  expect(bodies[0]?.['messages']).toMatchObject([
    { role: 'system' },
    { role: 'user' },
    { role: 'assistant', tool_calls: [{ id: 'a' }] },
    { role: 'tool', tool_call_id: 'a', content: 'x' },
  ])
})

test('a model that does not begin, and one that pauses, have reasons of their own, and their connections are closed', async () => {
  answer = (response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  await expect(run({ firstByteMs: 50 })).rejects.toMatchObject({ reason: 'first-byte-timeout' })
  await closed.promise
  closed = Promise.withResolvers<void>()
  answer = (response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk({ content: 'H' }))
  await expect(run({ idleMs: 50 })).rejects.toMatchObject({ reason: 'idle-timeout' })
  await closed.promise
})

test('a model that goes on for longer than its step has left is stopped with a reason of its own', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const timer = setInterval(() => response.write(chunk({ content: 'more ' })), 5)
    response.once('close', () => clearInterval(timer))
  }
  const error = { reason: 'turn-limit', code: 'TIMEOUT', isRetryable: false }
  await expect(run({ maxMs: 100 })).rejects.toMatchObject(error)
  await closed.promise
})

test('an abort is the reason of the signal, and the connection is closed', async () => {
  const controller = new AbortController()
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk({ content: 'H' }))
    controller.abort(new Error('enough'))
  }
  await expect(run({}, controller.signal)).rejects.toThrow('enough')
  await closed.promise
})

test.each([
  [401, 'revoked', false],
  [402, 'budget', false],
  [429, 'rate-limit', true],
  [500, 'provider-error', true],
])(
  'an answer %s is not repeated by the SDK and ends the step with %s',
  async (status, reason, isRetryable) => {
    answer = (response) =>
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end('{"error":{"message":"No.","code":"no"}}')
    await expect(run()).rejects.toMatchObject({ reason, isRetryable, message: 'No.' })
    expect(bodies).toHaveLength(1)
  },
)

test('an answer that is cut off is a failure that may pass', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk({ content: 'H' }))
    response.destroy()
  }
  await expect(run()).rejects.toMatchObject({ reason: 'provider-error', isRetryable: true })
})

test('an answer of more than 1 MiB ends the step, and its connection is closed', async () => {
  const piece = chunk({ content: 'x'.repeat(100_000) })
  answer = (response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(piece.repeat(12))
  await expect(run()).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
  await closed.promise
})
