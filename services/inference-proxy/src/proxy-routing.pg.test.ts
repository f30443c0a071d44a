import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerWhole, delta, done, finish, usage, writePrices } from './testing/priced-upstream.ts'
import { RecordedUpstream, namedEvents, sendEvents, sendJson } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'

let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
const [a, b, keyed, fragile] = [1, 2, 3, 4].map(() => new RecordedUpstream()) as [
  RecordedUpstream,
  RecordedUpstream,
  RecordedUpstream,
  RecordedUpstream,
]

beforeAll(async () => {
  upstream = await startTestUpstream()
  prices = await writePrices({
    'a/m': { input: 1, output: 2, contextWindow: 100 },
    'b/m': { input: 1, output: 2, contextWindow: 100_000 },
  })
  proxy = await startTestProxy({
    inference: {
      pricesFile: prices.path,
      aliases: {
        ordered: ['a/m', 'b/m'],
        spread: [
          { target: 'a/m', weight: 1 },
          { target: 'b/m', weight: 1 },
        ],
      },
      retryDelayMs: 1,
      breakerFailures: 3,
      breakerOpenMs: 600_000,
      firstContentTimeoutMs: 20_000,
    },
  })
  await proxy.addProvider('a', { baseUrl: upstream.serve(a.handle), models: ['m'] })
  await proxy.addProvider('b', { baseUrl: upstream.serve(b.handle), models: ['m'] })
  await proxy.addProvider('fragile', { baseUrl: upstream.serve(fragile.handle), models: ['m'] })
  await proxy.addProvider(
    'keyed',
    { baseUrl: upstream.serve(keyed.handle), models: ['m'], keyWeights: { secret: 0 } },
    { secret: 'sk-last-00000000', one: 'sk-one-11111111', two: 'sk-two-22222222' },
  )
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
  await prices?.[Symbol.asyncDispose]()
})

const good: Handler = (answer) => answerWhole(answer, 'Ho', usage(3, 2))
const events =
  (...texts: readonly string[]): Handler =>
  (answer) =>
    sendEvents(answer, texts.join(''))
const goodStream = events(delta('Ho'), finish, done)

beforeEach(() => {
  for (const one of [a, b, keyed]) {
    one.answer = good
    one.requests.length = 0
  }
})

const hi = { messages: [{ role: 'user', content: 'Hi' }] }
const role =
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n'

const withoutContent: readonly (readonly [string, Handler])[] = [
  ['ends after the event with the role', events(role)],
  [
    'breaks off after the event with the role',
    (to) =>
      void to
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(role, () => to.destroy()),
  ],
  [
    'reports an error as its first event',
    events('data: {"error":{"message":"busy","code":"server_error"}}\n\n'),
  ],
  ['ends after a comment', events(': hello\n\n')],
  ['answers 408', (to) => sendJson(to, {}, 408)],
  ['answers 529', (to) => sendJson(to, {}, 529)],
  [
    'sends a web page',
    (to) => void to.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  ],
]

test.each(withoutContent)(
  'a stream goes to the next target when the first one %s (requirement 6)',
  async (_, handler) => {
    a.answer = handler
    b.answer = goodStream
    const response = await proxy.chat({ model: 'ordered', stream: true, ...hi })
    const text = await response.text()
    expect(response.headers.get('x-alkhub-provider')).toBe('b')
    expect(text.replaceAll(/^: .*\n/gm, '')).toBe(delta('Ho') + finish + done)
    a.answer = good
    await (await proxy.chat({ model: 'a/m', ...hi })).text()
  },
)

test('a stream that has brought content goes to no other target', async () => {
  a.answer = events(delta('Ha'))
  b.answer = goodStream
  const response = await proxy.chat({ model: 'ordered', stream: true, ...hi })
  await expect(response.text()).rejects.toThrow('terminated')
  expect(b.requests).toHaveLength(0)
})

test('an error event that no other target follows is answered with its status', async () => {
  a.answer = events('data: {"error":{"message":"slow down","code":"rate_limit_exceeded"}}\n\n')
  const response = await proxy.chat({ model: 'a/m', stream: true, ...hi })
  expect(response.status).toBe(429)
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining('slow down') },
  })
  expect(a.requests).toHaveLength(3)
})

test('response.created is held back until the first content (requirement 6)', async () => {
  const created = { type: 'response.created', response: { object: 'response', id: 'resp_a' } }
  a.answer = events(namedEvents(created, { type: 'error', ...{ message: 'broken' } }))
  const whole = namedEvents(
    { type: 'response.created', ...{ response: { object: 'response', id: 'resp_b' } } },
    { type: 'response.output_text.delta', ...{ delta: 'Ho' } },
    { type: 'response.completed', ...{ response: { object: 'response', id: 'resp_b' } } },
  )
  b.answer = events(whole)
  const response = await proxy.post('responses', { model: 'ordered', input: 'Hi', stream: true })
  expect((await response.text()).replaceAll(/^: .*\n/gm, '')).toBe(whole)
})

test('a request that no target takes is answered by the first one', async () => {
  a.answer = (to) => sendJson(to, { error: { message: 'bad field' } }, 422)
  const response = await proxy.chat({ model: 'ordered', ...hi })
  expect(response.status).toBe(422)
  expect(b.requests).toHaveLength(0)
})

test('an input that is too long goes to a target with a bigger window, and not to a smaller one', async () => {
  const tooLong: Handler = (to) =>
    sendJson(to, { error: { message: 'no', code: 'context_length_exceeded' } }, 400)
  a.answer = tooLong
  expect((await proxy.chat({ model: 'ordered', ...hi })).headers.get('x-alkhub-provider')).toBe('b')
  b.answer = tooLong
  const response = await proxy.chat({ model: 'b/m', ...hi })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'context_length_exceeded' } })
})

test('the same target is asked again after a pause', async () => {
  let asked = 0
  a.answer = (to, request) => ((asked += 1) < 3 ? sendJson(to, {}, 429) : good(to, request))
  const response = await proxy.chat({ model: 'a/m', ...hi })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-alkhub-attempts')).toBe('3')
})

test('requests of one session go to one target, and sessions are spread over all (requirement: sticky routing)', async () => {
  const firstOf = async (session: string): Promise<string | null> => {
    const response = await proxy.chat({ model: 'spread', prompt_cache_key: session, ...hi })
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)])
    return response.headers.get('x-alkhub-provider')
  }
  // The ids of the providers are new in each run: that all of these sessions go to one of the two happens once in 2^31 runs.
  const sessions = Array.from({ length: 32 }, (_, at) => `session-${at}`)
  const first = await Promise.all(sessions.map(firstOf))
  expect(new Set(first)).toEqual(new Set(['a', 'b']))
  expect(await Promise.all(sessions.map(firstOf))).toEqual(first)
})

const keysSeen = (): unknown[] => keyed.requests.map(({ headers }) => headers['authorization'])

test('a refused key is replaced by the next one, is benched, and the client sees no error of authentication (requirement 7)', async () => {
  keyed.answer = (to, request) =>
    request.headers.authorization === 'Bearer sk-two-22222222'
      ? good(to, request)
      : sendJson(to, { error: { message: 'Incorrect API key' } }, 401)
  for (let at = 0; at < 12; at += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one call after the other benches the key
    const response = await proxy.chat({ model: 'keyed/m', ...hi })
    expect(response.status).toBe(200)
    // oxlint-disable-next-line no-await-in-loop
    await response.text()
  }
  const counts = Object.groupBy(keysSeen() as string[], (key) => key)
  expect(counts['Bearer sk-two-22222222']).toHaveLength(12)
  expect(counts['Bearer sk-one-11111111']?.length ?? 0).toBeLessThanOrEqual(1)
  expect(counts['Bearer sk-last-00000000']).toBeUndefined()
  keyed.answer = (to) => sendJson(to, {}, 402)
  const response = await proxy.chat({ model: 'keyed/m', ...hi })
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({ error: { code: 'upstream_quota_exceeded' } })
})

test('a response is continued with the key that made it, and only by its account (requirement 21)', async () => {
  let made = 0
  keyed.answer = (to) =>
    sendJson(to, { object: 'response', id: `resp_${(made += 1)}`, output: [{ id: `rs_${made}` }] })
  const first = await proxy.post('responses', { model: 'keyed/m', input: 'Hi' })
  const { id } = (await first.json()) as { id: string }
  const [firstKey] = keysSeen()
  const item = { type: 'item_reference', id: 'rs_1' }
  for (let at = 0; at < 6; at += 1) {
    const more = at % 2 === 0 ? { previous_response_id: id } : { input: [item] }
    // oxlint-disable-next-line no-await-in-loop -- the order does not matter, the number of sockets does
    const next = await proxy.post('responses', { model: 'keyed/m', input: 'Go on', ...more })
    expect(next.status).toBe(200)
  }
  expect(new Set(keysSeen())).toEqual(new Set([firstKey]))
  const foreign = await proxy.post('responses', {
    model: 'keyed/m',
    input: 'x',
    previous_response_id: 'resp_other',
  })
  expect(foreign.status).toBe(400)
  expect(await foreign.json()).toMatchObject({ error: { code: 'previous_response_not_found' } })
  // One item of its own does not let another one through.
  const others = { input: [item, { type: 'item_reference', id: 'rs_other' }] }
  const count = keyed.requests.length
  const foreignItem = await proxy.post('responses', { model: 'keyed/m', ...others })
  expect(foreignItem.status).toBe(400)
  expect(await foreignItem.text()).toContain('rs_other')
  expect(keyed.requests).toHaveLength(count)
  const gone = await proxy.post('responses', {
    model: 'ordered',
    input: 'x',
    previous_response_id: id,
  })
  expect(gone.status).toBe(409)
})

test('a stored response is read, cancelled and deleted where it was made', async () => {
  keyed.answer = (to) => sendJson(to, { object: 'response', id: 'resp_stored' })
  await (await proxy.post('responses', { model: 'keyed/m', input: 'Hi' })).text()
  const [key] = keysSeen()
  const authorization = `Bearer ${(await proxy.createKey()).key}`
  const ask = (method: string, id: string): Promise<Response> =>
    fetch(`${proxy.service.url}/v1/responses/${id}?include=a`, {
      method,
      headers: { authorization },
    })
  expect((await ask('GET', 'resp_stored')).status).toBe(200)
  expect((await ask('DELETE', 'resp_stored')).status).toBe(200)
  expect((await ask('POST', 'resp_stored/cancel')).status).toBe(200)
  expect(keyed.requests.slice(1)).toMatchObject(
    ['GET', 'DELETE', 'POST'].map((method) => ({ method, headers: { authorization: key } })),
  )
  expect(keyed.last?.path).toBe('responses/resp_stored/cancel?include=a')
  expect((await ask('GET', 'resp_unknown')).status).toBe(404)
})

test('a target that failed several times in a row gets no requests for a while', async () => {
  fragile.answer = (to) => to.destroy()
  for (let at = 0; at < 3; at += 1)
    // oxlint-disable-next-line no-await-in-loop -- failures in a row
    await (await proxy.chat({ model: 'fragile/m', ...hi })).text()
  const { length } = fragile.requests
  const refused = await proxy.chat({ model: 'fragile/m', ...hi })
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(fragile.requests).toHaveLength(length)
})

test('a client that waits for a moment only does not close a target to the others', async () => {
  const slow: Handler = () => undefined
  b.answer = slow
  for (let at = 0; at < 4; at += 1)
    // oxlint-disable-next-line no-await-in-loop -- failures in a row
    await (
      await proxy.post(
        'chat/completions',
        { model: 'b/m', stream: true, ...hi },
        { 'x-alkhub-first-content-ms': '1' },
      )
    ).text()
  b.answer = good
  expect((await proxy.chat({ model: 'b/m', ...hi })).status).toBe(200)
})

test('the time until the first content is shared by the targets', async () => {
  a.answer = () => undefined
  b.answer = goodStream
  const response = await proxy.post(
    'chat/completions',
    { model: 'ordered', stream: true, ...hi },
    { 'x-alkhub-first-content-ms': '600' },
  )
  expect(await response.text()).toContain('Ho')
  expect(response.headers.get('x-alkhub-provider')).toBe('b')
})
