import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { LlmProviderConfig } from '@alkdev/contracts'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { answerWhole, delta, done, finish, usage } from '../testing/priced-upstream.ts'
import { RecordedUpstream, sendEvents, sendJson } from '../testing/recorded-upstream.ts'
import { startTestProxy } from '../testing/test-proxy.ts'
import type { TestProxy } from '../testing/test-proxy.ts'
import { startTestUpstream } from '../testing/test-upstream.ts'
import type { Handler, TestUpstream } from '../testing/test-upstream.ts'

/*
 * One call after the other through a whole proxy to two providers on real sockets, of which the first one misbehaves. The limits of time are short
 * enough to wait for, and nothing that works takes long.
 */

const PAIRS = 80
const PATIENCE_MS = 60_000
const TEST_MS = 120_000

let proxy: TestProxy
let upstream: TestUpstream
let made = 0

beforeAll(async () => {
  upstream = await startTestUpstream()
  const pairs = Array.from({ length: PAIRS }, (_, at) => at)
  proxy = await startTestProxy({
    inference: {
      aliases: Object.fromEntries(pairs.map((at) => [`pair-${at}`, [`a-${at}/m`, `b-${at}/m`]])),
      connectTimeoutMs: 3000,
      firstByteTimeoutMs: 4000,
      streamIdleTimeoutMs: 4000,
      retryDelayMs: 1,
      breakerFailures: 2,
      breakerOpenMs: 600_000,
    },
  })
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

interface Pair {
  readonly alias: string
  readonly first: RecordedUpstream
  readonly second: RecordedUpstream
  readonly firstName: string
  readonly secondName: string
}

const works: Handler = (to, request) =>
  request.text?.includes('"stream":true') === true
    ? sendEvents(to, delta('Ho') + finish + done)
    : answerWhole(to, 'Ho', usage(3, 2))

/** Two new providers under one alias. The second one works. */
async function pairOf(
  handler: Handler,
  config: Partial<LlmProviderConfig> = {},
  secret?: Readonly<Record<string, string>>,
): Promise<Pair> {
  const at = made
  made += 1
  if (at >= PAIRS) throw new Error('PAIRS is too small')
  const [first, second] = [new RecordedUpstream(), new RecordedUpstream()]
  first.answer = handler
  second.answer = works
  const models = ['m']
  const baseUrl = upstream.serve(first.handle)
  await proxy.addProvider(`a-${at}`, { baseUrl, models, ...config }, secret)
  await proxy.addProvider(`b-${at}`, { baseUrl: upstream.serve(second.handle), models })
  return { alias: `pair-${at}`, first, second, firstName: `a-${at}`, secondName: `b-${at}` }
}

/** The same for tests that run beside others: the proxy, which reads all providers once a second, knows both. */
async function knownPairOf(...args: Parameters<typeof pairOf>): Promise<Pair> {
  const pair = await pairOf(...args)
  const { key } = await proxy.createKey()
  const headers = { authorization: `Bearer ${key}` }
  const isKnown = async (): Promise<boolean> => {
    const listed = await (await fetch(`${proxy.service.url}/v1/models`, { headers })).text()
    return [pair.firstName, pair.secondName].every((name) => listed.includes(`"${name}/m"`))
  }
  await vi.waitUntil(isKnown, { timeout: PATIENCE_MS, interval: 100 })
  return pair
}

const ask = (model: string, stream: boolean): Promise<Response> =>
  proxy.chat({ model, stream, messages: [{ role: 'user', content: 'Hi' }] })

/** The provider that answered, the number of requests to providers, and what the client got. */
async function answerTo({ alias }: Pair, stream: boolean): Promise<[string, string, string]> {
  const response = await ask(alias, stream)
  const { headers } = response
  return [
    headers.get('x-alkhub-provider') ?? '',
    headers.get('x-alkhub-attempts') ?? '',
    `${response.status} ${await response.text()}`,
  ]
}

const rowOf = async ({ alias }: Pair): Promise<unknown> => {
  const [row] = await proxy.database.sql`
    select attempts, code, ended_by, truncated from inference_usage
    where requested_model = ${alias} and ended_at is not null`
  return row
}

const json = { 'content-type': 'application/json' }
const events = { 'content-type': 'text/event-stream' }
const role =
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n'
const status =
  (code: number, error: object = { message: 'theirs' }): Handler =>
  (to) =>
    sendJson(to, { error }, code)
/** Begins an answer without content, and goes on as `then` says. */
const begins =
  (then: (to: ServerResponse) => void): Handler =>
  (to, request) => {
    const stream = request.text?.includes('"stream":true') === true
    to.writeHead(200, stream ? events : { ...json, 'content-length': '1000' })
    to.write(stream ? role : '{"choices":[', () => then(to))
  }

const passing: readonly (readonly [string, Handler])[] = [
  ...[408, 429, 500, 502, 503, 504, 529].map((code) => [`answers ${code}`, status(code)] as const),
  ['closes the connection', (to) => void to.destroy()],
  ['breaks off before any content', begins((to) => to.destroy())],
  ['redirects', (to) => void to.writeHead(302, { location: 'https://example.org' }).end()],
  ['sends a web page', (to) => void to.writeHead(200, { 'content-type': 'text/html' }).end('<p>')],
]
const MODES = [
  ['a whole answer', false],
  ['a stream', true],
] as const
const cases = passing.flatMap(([what, handler]) =>
  MODES.map(([mode, stream]) => ({ what, handler, mode, stream })),
)

test.each(cases)(
  'the next target gives $mode when the first one $what (requirement 6)',
  { timeout: TEST_MS },
  async ({ handler, stream }) => {
    const pair = await pairOf(handler)
    const [provider, attempts, text] = await answerTo(pair, stream)
    expect([provider, attempts]).toEqual([pair.secondName, '2'])
    expect(text).toContain('200 ')
    expect(text).toContain('Ho')
    expect(pair.second.requests).toHaveLength(1)
  },
)

test.each(
  [
    [401, { message: 'theirs' }],
    [402, { message: 'theirs' }],
    [403, { message: 'theirs' }],
    [429, { message: 'theirs', code: 'insufficient_quota' }],
  ].flatMap(([code, error]) => MODES.map(([mode, stream]) => ({ code, error, mode, stream }))),
)(
  'after a $code about its key ($error.code) the next key is tried for $mode, then the next target (requirement 6)',
  { timeout: TEST_MS },
  async ({ code, error, stream }) => {
    const secrets = { one: 'sk-one-11111111', two: 'sk-two-22222222' }
    const pair = await pairOf(status(code as number, error as object), {}, secrets)
    const [provider, attempts, text] = await answerTo(pair, stream)
    expect([provider, attempts]).toEqual([pair.secondName, '3'])
    expect(text).toContain('Ho')
    const keys = pair.first.requests.map(({ headers }) => headers.authorization)
    expect(keys).toHaveLength(2)
    expect(new Set(keys)).toEqual(new Set(['Bearer sk-one-11111111', 'Bearer sk-two-22222222']))
  },
)

test.each(
  [400, 404, 409, 413, 422].flatMap((code) => MODES.map((mode) => [code, ...mode] as const)),
)(
  'a %i goes to the client that asked for %s, and to no other target (requirement 6)',
  { timeout: TEST_MS },
  async (code, _, stream) => {
    const pair = await pairOf(status(code))
    const [, attempts, text] = await answerTo(pair, stream)
    expect(attempts).toBe('1')
    expect(text.startsWith(`${code} `)).toBe(true)
    expect(text).toContain('theirs')
    expect(pair.second.requests).toHaveLength(0)
    expect(await settled(pair)).toMatchObject({ ended_by: 'upstream', truncated: false })
  },
)

const settled = (pair: Pair): Promise<unknown> =>
  vi.waitUntil(() => rowOf(pair), { timeout: PATIENCE_MS, interval: 50 })

const silent: readonly (readonly [string, boolean, Handler, Partial<LlmProviderConfig>])[] = [
  ['sends no head of a whole answer', false, () => undefined, {}],
  ['sends no head of a stream', true, () => undefined, {}],
  ['stops in the middle of a whole answer', false, begins(() => undefined), {}],
  ['stops before the first content of a stream', true, begins(() => undefined), {}],
  ['exceeds its own limit before a head', false, () => undefined, { timeoutMs: 500 }],
  [
    'exceeds its own limit while it sends a whole answer bit by bit',
    false,
    begins((to) => {
      const timer = setInterval(() => to.write(' '), 100)
      to.once('close', () => clearInterval(timer))
    }),
    { timeoutMs: 500 },
  ],
]

test.concurrent.each(silent)(
  'the next target answers when the first one %s',
  { timeout: TEST_MS },
  async (_, stream, handler, config) => {
    const pair = await knownPairOf(handler, config)
    const [provider, attempts, text] = await answerTo(pair, stream)
    expect([provider, attempts]).toEqual([pair.secondName, '2'])
    expect(text).toContain('Ho')
  },
)

test.concurrent.each(MODES)(
  'a provider that sends no head is a 504 to a client that asked for %s and has no other target',
  { timeout: TEST_MS },
  async (_, stream) => {
    const pair = await knownPairOf(() => undefined)
    const model = `${pair.firstName}/m`
    const response = await ask(model, stream)
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ error: { code: 'timeout' } })
    const row = await settled({ ...pair, alias: model })
    expect(row).toMatchObject({ attempts: 1, code: 'TIMEOUT', ended_by: 'hub', truncated: false })
  },
)

/** All that arrives until the connection ends or is cut. */
async function received(response: Response): Promise<{ text: string; isCut: boolean }> {
  let text = ''
  try {
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? [])
      text += piece
    return { text, isCut: false }
  } catch {
    return { text, isCut: true }
  }
}

const endings: readonly (readonly [string, (to: ServerResponse) => unknown, string, string])[] = [
  ['is silent', () => undefined, 'timeout', 'hub'],
  ['breaks off', (to) => to.destroy(), 'upstream_truncated', 'upstream'],
  ['ends', (to) => to.end(), 'upstream_truncated', 'upstream'],
]

test.concurrent.each(endings)(
  'a stream that %s after its first content is cut with an error, goes to no other target, and its row says so',
  { timeout: TEST_MS },
  async (_, then, code, endedBy) => {
    const pair = await knownPairOf((to) => {
      to.writeHead(200, events).write(delta('Ha'), () => void then(to))
    })
    const { text, isCut } = await received(await ask(pair.alias, true))
    expect(isCut).toBe(true)
    expect(text).toContain('Ha')
    expect(text).toContain(`"code":"${code}"`)
    expect(text).not.toContain('[DONE]')
    expect(pair.second.requests).toHaveLength(0)
    expect(await settled(pair)).toMatchObject({
      attempts: 1,
      code: code.toUpperCase(),
      ended_by: endedBy,
      truncated: true,
    })
  },
)

/** A port whose connections are never made: its server accepts none, and the queue of the kernel is full. */
async function startDeafPort(): Promise<{ readonly port: number } & AsyncDisposable> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer()
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
     })`,
    { eval: true },
  )
  const [port] = (await once(worker, 'message')) as [number]
  let queued = 0
  const sockets = Array.from({ length: 16 }, (): Socket => {
    const socket = connect(port, '127.0.0.1', () => (queued += 1))
    return socket.on('error', () => undefined)
  })
  // The kernel holds one more than the backlog.
  await vi.waitUntil(() => queued >= 2, PATIENCE_MS)
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await worker.terminate()
    },
  }
}

test.skipIf(process.platform !== 'linux').concurrent.each(MODES)(
  'a provider that no connection reaches in time is left for the next target of %s',
  { timeout: TEST_MS },
  async (_, stream) => {
    await using deaf = await startDeafPort()
    const pair = await knownPairOf(works, { baseUrl: `http://127.0.0.1:${deaf.port}/v1` })
    const [provider, attempts, text] = await answerTo(pair, stream)
    expect([provider, attempts]).toEqual([pair.secondName, '2'])
    expect(text).toContain('Ho')
  },
)

const faults: readonly (readonly [string, boolean, Handler])[] = [
  ['answers 503', false, status(503)],
  ['closes the connection', false, (to) => void to.destroy()],
  ['ends a stream before any content', true, begins((to) => void to.end())],
  [
    'breaks a stream off after its content',
    true,
    (to) => void to.writeHead(200, events).write(delta('Ha'), () => to.destroy()),
  ],
]

test.each(faults)(
  'a target that %s in two calls in a row is left out of the third',
  { timeout: TEST_MS },
  async (_, stream, handler) => {
    const pair = await pairOf(handler)
    for (let call = 0; call < 2; call += 1)
      // oxlint-disable-next-line no-await-in-loop -- failures in a row
      await received(await ask(pair.alias, stream))
    const { length } = pair.first.requests
    const [provider, attempts, text] = await answerTo(pair, stream)
    expect([provider, attempts]).toEqual([pair.secondName, '1'])
    expect(text).toContain('Ho')
    expect(pair.first.requests).toHaveLength(length)
  },
)

test(
  'a target that refuses a request between two faults goes on getting requests',
  { timeout: TEST_MS },
  async () => {
    const pair = await pairOf((to, request) => {
      const handler = [status(503), status(400), status(503), works][pair.first.requests.length - 1]
      handler?.(to, request)
    })
    for (let call = 0; call < 3; call += 1)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await (await ask(pair.alias, false)).text()
    expect((await answerTo(pair, false)).slice(0, 2)).toEqual([pair.firstName, '1'])
  },
)

test(
  'clients that leave before the first content are no faults of the target',
  { timeout: TEST_MS },
  async () => {
    const arrived: ServerResponse[] = []
    const pair = await pairOf((to) => void arrived.push(to))
    const { key } = await proxy.createKey()
    for (let call = 0; call < 3; call += 1) {
      const leaving = new AbortController()
      const asked = fetch(`${proxy.service.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, ...json },
        body: JSON.stringify({ model: pair.alias, messages: [], stream: call === 1 }),
        signal: leaving.signal,
      })
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await expect.poll(() => arrived.length, { timeout: PATIENCE_MS }).toBe(call + 1)
      const to = arrived[call]
      const closed = to === undefined ? undefined : once(to, 'close')
      leaving.abort()
      // oxlint-disable-next-line no-await-in-loop
      await expect(asked).rejects.toThrow('aborted')
      // oxlint-disable-next-line no-await-in-loop -- the connection to the provider ends
      await closed
    }
    pair.first.answer = works
    const [provider, attempts] = await answerTo(pair, false)
    expect([provider, attempts]).toEqual([pair.firstName, '1'])
  },
)
