import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { DrainPlaces } from './relay/drain.ts'
import { answerWhole, delta, done, finish, usage, usageEvent } from './testing/priced-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'

let proxy: TestProxy
let upstream: TestUpstream
let current: Handler

beforeAll(async () => {
  upstream = await startTestUpstream()
  proxy = await startTestProxy()
  const serve = upstream.serve((answer, request) => current(answer, request))
  await proxy.addProvider('acme', { baseUrl: serve, models: ['m'], drainOnDisconnect: true })
  await proxy.addProvider('claude', {
    baseUrl: serve,
    models: ['m'],
    protocol: 'anthropic',
    drainOnDisconnect: true,
  })
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

/** Leaves when the provider has got the request and has written `begin`; then the provider writes `rest`. Gives the row. */
async function left(
  model: string,
  stream: boolean,
  begin: (answer: ServerResponse) => void,
  rest: (answer: ServerResponse) => void,
): Promise<Record<string, unknown> | undefined> {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<ServerResponse>()
  current = (answer) => {
    begin(answer)
    arrive(answer)
  }
  const leave = new AbortController()
  const { key } = await proxy.createKey()
  const asked = fetch(`${proxy.service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Hi' }] }),
    signal: leave.signal,
  })
  const answer = await arrived
  if (stream) await (await asked).body?.getReader().read()
  const taken = vi.spyOn(DrainPlaces.prototype, 'take')
  leave.abort()
  await asked.catch(() => undefined)
  // The proxy has seen that the client has gone.
  await expect.poll(() => taken.mock.calls.length, { timeout: 10_000 }).toBe(1)
  taken.mockRestore()
  const closed = once(answer, 'close')
  rest(answer)
  await closed
  const find = async () => {
    const [row] = await proxy.database.sql<Record<string, unknown>[]>`
      select ended_by, usage_source, truncated, input_tokens::int as input, output_tokens::int as output from inference_usage
      where ended_at is not null order by started_at desc limit 1`
    return row
  }
  await expect.poll(find, { timeout: 10_000 }).toBeDefined()
  const row = await find()
  await proxy.database.sql`delete from inference_usage`
  return row
}

test('the stream of a provider that charges anyway is read to its end when the client leaves, and its usage counts', async () => {
  const row = await left(
    'acme/m',
    true,
    (answer) =>
      void answer.writeHead(200, { 'content-type': 'text/event-stream' }).write(delta('Hello')),
    (answer) => void answer.end(delta(' world') + finish + usageEvent(usage(30, 9)) + done),
  )
  expect(row).toEqual({
    ended_by: 'client',
    usage_source: 'provider',
    truncated: true,
    input: 30,
    output: 9,
  })
})

test('a whole answer is read to its end, too', async () => {
  const row = await left(
    'acme/m',
    false,
    () => undefined,
    (answer) => answerWhole(answer, 'ok', usage(20, 5)),
  )
  expect(row).toMatchObject({ ended_by: 'client', usage_source: 'provider', input: 20, output: 5 })
})

test('a translated stream is read to its end, too', async () => {
  const event = (value: { type: string }): string =>
    `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`
  const start = {
    type: 'message_start',
    message: {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [] },
      ...{ stop_reason: null, stop_sequence: null, usage: { input_tokens: 11, output_tokens: 1 } },
    },
  }
  const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
  const text = {
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: 'Hello' },
  }
  const end = {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 8 },
  }
  const row = await left(
    'claude/m',
    true,
    (answer) =>
      void answer
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(event(start) + event(block) + event(text)),
    (answer) =>
      void answer.end(
        event({ type: 'content_block_stop', ...{ index: 0 } }) +
          event(end) +
          event({ type: 'message_stop' }),
      ),
  )
  expect(row).toMatchObject({ ended_by: 'client', usage_source: 'provider', input: 11, output: 8 })
})
