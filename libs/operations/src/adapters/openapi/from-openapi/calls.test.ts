import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import { must, sleep } from '@alkdev/std'
import { expect, test } from 'vitest'
import { FromOpenAPI } from '../../../from-openapi.ts'
import type { HTTPServiceConfig } from '../../../from-openapi.ts'
import { answerJson, echoServer } from './fixtures/echo-server.ts'
import { call, document, failed } from './fixtures/registered-call.ts'

test('answers become data: JSON, text, bytes in base64, nothing as null; several cookies stay apart (A12)', async () => {
  const answers: [string | undefined, Buffer | string][] = [
    ['application/problem+json', '{"a":1}'],
    ['text/plain; charset=utf-8', 'é'],
    ['application/zip', Buffer.from([0, 255])],
    [undefined, ''],
  ]
  await using server = await echoServer((_, response) => {
    const [type, body] = must(answers.shift(), 'an answer')
    if (type !== undefined) response.setHeader('content-type', type)
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    response.writeHead(type === undefined ? 204 : 201).end(body)
  })
  const operation = { responses: { '2XX': { description: 'ok', content: { '*/*': {} } } } }
  const got = []
  for (let i = 0; i < 4; i++) got.push(await call(server, operation, {}))
  expect(got.map(({ data }) => data)).toEqual([{ a: 1 }, 'é', 'AP8=', null])
  expect(got.map(({ meta }) => meta['statusCode'])).toEqual([201, 201, 201, 204])
  expect(got[2]?.meta['encoding']).toBe('base64')
  expect(got[0]?.meta).toMatchObject({ source: 'http', headers: { 'set-cookie': ['a=1', 'b=2'] } })
})

test('answers 202, 204, 2XX and default count for the output schema (A12)', async () => {
  const output = (responses: object) =>
    FromOpenAPI(document({ '/a': { get: { responses } } }), {
      namespace: 'api',
      baseUrl: 'http://localhost',
    })[0]?.outputSchema
  const of = (type: string) => ({
    description: '',
    content: { 'application/json': { schema: { type } } },
  })
  expect(output({ 202: of('string') })).toEqual({ type: 'string' })
  expect(output({ 200: of('string'), 204: { description: '' } })).toEqual({
    anyOf: [{ type: 'string' }, { type: 'null' }],
  })
  expect(output({ '2XX': of('integer'), default: of('string') })).toEqual({ type: 'integer' })
  expect(output({ default: of('string') })).toEqual({ type: 'string' })
  expect(output({ 204: { description: '' } })).toEqual({ type: 'null' })
  expect(output({ 200: { description: '' } })).toEqual({})
})

test('an answer that is no success is an error with status and body, and without the credentials that the service repeats (A12)', async () => {
  const token = 'sesame-open-1'
  await using server = await echoServer(({ headers }, response) => {
    response.writeHead(403, 'Not you', {
      'content-type': 'application/json',
      'x-request-id': 'r1',
      'set-cookie': 'a=b',
    })
    response.end(JSON.stringify({ why: `bad ${headers.authorization}` }))
  })
  const error = await failed(call(server, {}, {}, { auth: { type: 'bearer', token } }))
  expect(error.toWire()).toEqual({
    code: 'EXECUTION_ERROR',
    message: 'HTTP 403 Not you: the answer to POST /op.',
    details: {
      status: 403,
      statusText: 'Not you',
      headers: { 'content-type': 'application/json', 'x-request-id': 'r1' },
      body: { why: 'bad Bearer [redacted]' },
    },
  })
})

test('429 says when to come again; a long error body is cut', async () => {
  await using server = await echoServer((_, response) => {
    response
      .writeHead(429, { 'retry-after': '3', 'content-type': 'text/plain' })
      .end('x'.repeat(100_000))
  })
  const error = await failed(call(server, {}, {}))
  expect([error.code, error.retryAfterMs]).toEqual(['RATE_LIMITED', 3000])
  expect(error.details).toMatchObject({ truncated: true, body: 'x'.repeat(16 * 1024) })
})

const schemes = {
  key: { type: 'apiKey', in: 'query', name: 'api_key' },
  head: { type: 'apiKey', in: 'header', name: 'X-Key' },
  cook: { type: 'apiKey', in: 'cookie', name: 'sid' },
  basic: { type: 'http', scheme: 'basic' },
  bearer: { type: 'http', scheme: 'bearer' },
  digest: { type: 'http', scheme: 'Hawk' },
  oauth: { type: 'oauth2', flows: {} },
}

test.each([
  ['key', { token: 'a b' }, { url: '/op?api_key=a%20b' }],
  ['head', { token: 'k' }, { headers: { 'x-key': 'k' } }],
  ['cook', { token: 'k' }, { headers: { cookie: 'sid=k' } }],
  // B17: what RFC 6265 allows is sent as it is.
  ['cook', { token: 's:YWJj/+==' }, { headers: { cookie: 'sid=s:YWJj/+==' } }],
  ['cook', { token: 'a;b "c' }, { headers: { cookie: 'sid=a%3Bb%20%22c' } }],
  ['basic', { username: 'u', password: 'p' }, { headers: { authorization: 'Basic dTpw' } }],
  ['bearer', { token: async () => 'later' }, { headers: { authorization: 'Bearer later' } }],
  ['digest', { token: 'x' }, { headers: { authorization: 'Hawk x' } }],
  ['oauth', { token: 'x' }, { headers: { authorization: 'Bearer x' } }],
])('the security scheme %s of the document is followed', async (name, own, seen) => {
  await using server = await echoServer()
  const more = { components: { securitySchemes: schemes } }
  await call(
    server,
    { security: [{ other: [] }, { [name]: [] }] },
    {},
    { credentials: { [name]: own } },
    {},
    more,
  )
  expect(server.seen[0]).toMatchObject(seen)
})

test('an operation that asks for no credentials gets none; several schemes of one alternative come together', async () => {
  await using server = await echoServer()
  const credentials = { key: { token: 'a' }, head: { token: 'b' } }
  const more = { components: { securitySchemes: schemes }, security: [{ key: [], head: [] }] }
  await call(server, {}, {}, { credentials }, {}, more)
  await call(server, { security: [] }, {}, { credentials }, {}, more)
  expect(server.seen.map(({ url, headers }) => [url, headers['x-key']])).toEqual([
    ['/op?api_key=a', 'b'],
    ['/op', undefined],
  ])
})

test.each([
  [{ type: 'bearer', token: 't' }, 'authorization', 'Bearer t'],
  [{ type: 'basic', token: 'dTpw' }, 'authorization', 'Basic dTpw'],
  [{ type: 'basic', username: 'u', password: 'p' }, 'authorization', 'Basic dTpw'],
  [{ type: 'apiKey', token: 't', prefix: 'k-' }, 'x-api-key', 'k-t'],
  [{ type: 'apiKey', token: 't', headerName: 'X-Own' }, 'x-own', 't'],
] as const)('the configured authentication %j is sent', async (auth, header, value) => {
  await using server = await echoServer()
  await call(server, {}, {}, { auth })
  expect(server.seen[0]?.headers[header]).toBe(value)
})

test('an answer over the limit is given up, whether it says its length or not', async () => {
  for (const said of [true, false]) {
    await using server = await echoServer((_, response) => {
      if (said) response.setHeader('content-length', 5000)
      response.write('x'.repeat(2500))
      response.end('x'.repeat(2500))
    })
    expect((await failed(call(server, {}, {}, { maxResponseBytes: 1000 }))).code).toBe(
      'PAYLOAD_TOO_LARGE',
    )
  }
})

test('the end of the time cancels the request, before and during the answer', async () => {
  for (const begins of [false, true]) {
    const closed: Promise<unknown>[] = []
    await using server = await echoServer((_, response) => {
      closed.push(once(response, 'close'))
      if (begins) response.writeHead(200).write('{')
    })
    const error = await failed(call(server, {}, {}, { timeout: 50 }))
    expect([error.code, error.message]).toEqual(['TIMEOUT', 'The time for POST /op is over.'])
    await closed[0]
  }
})

test("the caller's abort and deadline cancel the request", async () => {
  const closed: Promise<unknown>[] = []
  const arrived = Promise.withResolvers<void>()
  await using server = await echoServer((_, response) => {
    closed.push(once(response, 'close'))
    arrived.resolve()
  })
  const caller = new AbortController()
  const call1 = failed(call(server, {}, {}, {}, { signal: caller.signal }))
  await arrived.promise
  caller.abort()
  expect((await call1).code).toBe('ABORTED')
  expect((await failed(call(server, {}, {}, {}, { deadline: Date.now() + 50 }))).code).toBe(
    'TIMEOUT',
  )
  await Promise.all(closed)
})

test('no connection is PROVIDER_UNAVAILABLE, a broken one PROVIDER_LOST with an unknown outcome', async () => {
  const gone = await echoServer()
  await gone[Symbol.asyncDispose]()
  expect((await failed(call(gone, {}, {}))).toWire()).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    details: { reason: 'ECONNREFUSED' },
  })
  await using server = await echoServer((_, response) => void response.destroy())
  expect((await failed(call(server, {}, {}))).toWire()).toMatchObject({
    code: 'PROVIDER_LOST',
    details: { outcome: 'unknown' },
  })
})

test('a large compressed answer that ends with its connection is taken (B2)', async () => {
  const items = Array.from({ length: 30_000 }, (_, id) => ({ id, key: Math.random() }))
  await using server = await echoServer((_, response) => {
    response.useChunkedEncodingByDefault = false
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      connection: 'close',
    })
    response.end(gzipSync(JSON.stringify(items)))
  })
  for (let index = 0; index < 5; index++)
    expect((await call(server, {}, {})).data).toHaveLength(30_000)
})

test('a redirect to another origin is not followed, or without credentials; one to the same origin is', async () => {
  await using other = await echoServer((_, response) => answerJson(response, { other: true }))
  await using server = await echoServer(({ url }, response) => {
    if (url === '/near') answerJson(response, { near: true })
    else response.writeHead(302, { location: url === '/away' ? `${other.url}/x` : '/near' }).end()
  })
  const auth = { type: 'bearer', token: 'secret' } as const
  const get = (path: string, config: Partial<HTTPServiceConfig> = {}) =>
    call(
      server,
      {},
      {},
      { auth, headers: { 'x-own': '1' }, ...config },
      {},
      { path, method: 'get' },
    )
  expect((await get('/here')).data).toEqual({ near: true })
  expect(server.seen[1]?.headers.authorization).toBe('Bearer secret')
  expect((await failed(get('/away'))).code).toBe('EXECUTION_ERROR')
  expect((await get('/away', { redirects: 'follow' })).data).toEqual({ other: true })
  expect(other.seen).toHaveLength(1)
  expect([other.seen[0]?.headers.authorization, other.seen[0]?.headers['x-own']]).toEqual([
    undefined,
    undefined,
  ])
  expect((await failed(get('/here', { redirects: 'error' }))).code).toBe('EXECUTION_ERROR')
})

test('a cycle of redirects ends', async () => {
  await using server = await echoServer(
    (_, response) => void response.writeHead(302, { location: '/op' }).end(),
  )
  expect((await failed(call(server, {}, {}))).message).toContain('more than 5 times')
  await sleep(0)
  expect(server.seen).toHaveLength(6)
})

test('an answer of 512 levels is taken, a deeper one is returned as text (A1)', async () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
  let text = nested(512)
  await using server = await echoServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(text)
  })
  expect(JSON.stringify((await call(server, {}, {})).data)).toBe(text)
  for (const depth of [513, 5000, 200_000]) {
    text = nested(depth)
    const { data, meta } = await call(server, {}, {})
    expect(data).toBe(text)
    expect(JSON.stringify(meta['outputMismatch'])).toContain('nested deeper than 512 levels')
  }
})
