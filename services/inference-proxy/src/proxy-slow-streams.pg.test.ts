import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { delta, done, finish } from './testing/priced-upstream.ts'
import { namedEvents, RecordedUpstream, sendEvents } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'

/*
 * Requirement 24: a stream that comes too slowly gives way to the next target before any of it has reached the client. No stream that drips
 * here can be fast enough: the rate asks for 20,000 bytes.
 */

const ENOUGH = 'x'.repeat(20_000)
const DRIP_MS = 20

let proxy: TestProxy
let upstream: TestUpstream
const [slow, fast, spoken] = [1, 2, 3].map(() => new RecordedUpstream()) as [
  RecordedUpstream,
  RecordedUpstream,
  RecordedUpstream,
]

beforeAll(async () => {
  upstream = await startTestUpstream()
  proxy = await startTestProxy({
    inference: {
      aliases: {
        both: ['slow/m', 'fast/m'],
        translated: ['slow/m', 'spoken/m'],
        messages: ['spoken/m', 'fast/m'],
      },
      streamMinBytesPerSecond: 100_000,
      streamRateMs: 200,
      breakerFailures: 0,
    },
  })
  const models = ['m']
  const chat = { endpoints: ['chat' as const], models }
  await proxy.addProvider('slow', { baseUrl: upstream.serve(slow.handle), ...chat })
  await proxy.addProvider('fast', { baseUrl: upstream.serve(fast.handle), ...chat })
  await proxy.addProvider('spoken', {
    baseUrl: upstream.serve(spoken.handle),
    protocol: 'anthropic',
    models,
  })
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

/** Sends the beginning of a stream, and then one event again and again until the connection is closed. */
function drip(to: ServerResponse, begin: string, event: string): Promise<void> {
  to.writeHead(200, { 'content-type': 'text/event-stream' }).write(begin)
  const timer = setInterval(() => to.write(event), DRIP_MS)
  return new Promise((resolve) => {
    to.once('close', () => {
      clearInterval(timer)
      resolve()
    })
  })
}

const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }
const start = namedEvents(
  {
    type: 'message_start',
    message: {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [] },
      ...{ stop_reason: null, stop_sequence: null, usage: { input_tokens: 9, output_tokens: 1 } },
    },
  } as { type: string },
  block,
)
const spokenDelta = namedEvents({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: 'a' },
} as { type: string })
const spokenEnd = namedEvents(
  { type: 'content_block_stop', index: 0 } as { type: string },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 2 },
  } as { type: string },
  { type: 'message_stop' },
)

let closed: Promise<void>
beforeEach(() => {
  slow.answer = (to) => void (closed = drip(to, '', delta('a')))
  fast.answer = (to) => sendEvents(to, delta(ENOUGH) + finish + done)
  spoken.answer = (to) => void (closed = drip(to, start, spokenDelta))
})

const messages = [{ role: 'user', content: 'Hi' }]
const withoutComments = (text: string): string => text.replaceAll(/^: .*\n/gm, '')

async function attemptsOf(response: Response): Promise<readonly object[]> {
  const id = response.headers.get('x-request-id')
  const isEnded = async (): Promise<number> =>
    (
      await proxy.database
        .sql`select 1 from inference_usage where id = ${id} and ended_at is not null`
    ).length
  await expect.poll(isEnded).toBe(1)
  return proxy.database.sql`
    select provider, code, usage_source, output_tokens > 0 as has_output, first_token_ms is not null as has_first
    from inference_attempts where call_id = ${id} order by attempt`
}

const tooSlow = (provider: string, source = 'estimate'): object => ({
  provider,
  code: 'UPSTREAM_TOO_SLOW',
  usage_source: source,
  has_output: true,
  has_first: true,
})

test('a stream that drips is ended for the next target, and the client gets nothing of it', async () => {
  const response = await proxy.chat({ model: 'both', stream: true, messages })
  expect(withoutComments(await response.text())).toBe(delta(ENOUGH) + finish + done)
  expect(response.headers.get('x-alkhub-provider')).toBe('fast')
  expect(response.headers.get('x-alkhub-attempts')).toBe('2')
  await closed
  expect(await attemptsOf(response)).toEqual([
    tooSlow('slow'),
    expect.objectContaining({ provider: 'fast', code: null }),
  ])
})

test('a message that drips is ended for a target of another protocol', async () => {
  const response = await proxy.post('messages', {
    ...{ model: 'messages', stream: true, messages, max_tokens: 9 },
  })
  const text = await response.text()
  expect(response.headers.get('x-alkhub-provider')).toBe('fast')
  expect(text).toContain(ENOUGH)
  expect(text).toContain('message_stop')
  await closed
  expect(await attemptsOf(response)).toMatchObject([tooSlow('spoken'), { provider: 'fast' }])
})

test('a translated stream that drips is ended for the next target', async () => {
  spoken.answer = (to) => sendEvents(to, start + spokenDelta + spokenEnd)
  const response = await proxy.post('messages', {
    ...{ model: 'translated', stream: true, messages, max_tokens: 9 },
  })
  expect(withoutComments(await response.text())).toBe(start + spokenDelta + spokenEnd)
  expect(response.headers.get('x-alkhub-provider')).toBe('spoken')
  await closed
  expect(await attemptsOf(response)).toMatchObject([tooSlow('slow'), { provider: 'spoken' }])
})

test('a short answer that is whole is not too slow', async () => {
  slow.answer = (to) => sendEvents(to, delta('Ho') + finish + done)
  const response = await proxy.chat({ model: 'both', stream: true, messages })
  expect(withoutComments(await response.text())).toBe(delta('Ho') + finish + done)
  expect(response.headers.get('x-alkhub-provider')).toBe('slow')
})

test('a stream that has brought enough goes out at once, and may be slow from then on', async () => {
  const end = Promise.withResolvers<void>()
  slow.answer = (to) => {
    to.writeHead(200, { 'content-type': 'text/event-stream' }).write(delta(ENOUGH))
    void end.promise.then(() => to.end(finish + done))
  }
  const response = await proxy.chat({ model: 'both', stream: true, messages })
  // Its head has come: the stream has begun to go out.
  expect(response.headers.get('x-alkhub-provider')).toBe('slow')
  await new Promise((resolve) => setTimeout(resolve, 400))
  end.resolve()
  expect(withoutComments(await response.text())).toBe(delta(ENOUGH) + finish + done)
})

test('the last target is not measured: its stream goes out with the first content', async () => {
  fast.answer = (to) => void (closed = drip(to, '', delta('b')))
  for (const model of ['both', 'slow/m']) {
    const leave = new AbortController()
    const { key } = await proxy.createKey() // oxlint-disable-line no-await-in-loop -- one call after the other
    // oxlint-disable-next-line no-await-in-loop
    const response = await fetch(`${proxy.service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, stream: true, messages }),
      signal: leave.signal,
    })
    expect(response.headers.get('x-alkhub-provider')).toBe(model === 'both' ? 'fast' : 'slow')
    const reader = response.body?.getReader()
    let text = ''
    // Far longer than the time of a measurement.
    while (text.split('data:').length < 40) {
      const read = await reader?.read() // oxlint-disable-line no-await-in-loop
      expect(read?.done).toBe(false)
      text += Buffer.from(read?.value ?? []).toString()
    }
    leave.abort()
    await closed // oxlint-disable-line no-await-in-loop
  }
})
