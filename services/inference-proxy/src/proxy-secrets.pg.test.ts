import type { ServerResponse } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'

const secret = 'sk-planted-provider/Secret+0123456789'
let proxy: TestProxy
let upstream: TestUpstream
let added = 0

beforeAll(async () => {
  upstream = await startTestUpstream()
  proxy = await startTestProxy()
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

/** The name of a model of a new provider that answers so. */
async function model(handler: Handler): Promise<string> {
  added += 1
  const name = `p-${added}`
  await proxy.addProvider(name, { baseUrl: upstream.serve(handler), models: ['m'] }, secret)
  return `${name}/m`
}

const json = { 'content-type': 'application/json' }
const events = { 'content-type': 'text/event-stream' }
const forms: Readonly<Record<string, string>> = {
  plain: secret,
  escaped: JSON.stringify(secret).replaceAll('/', '\\/').replaceAll('-', '\\u002d').slice(1, -1),
  base64: Buffer.from(`Bearer ${secret}`).toString('base64'),
  encoded: encodeURIComponent(secret),
  part: secret.slice(5, 17),
}

/** What an answer shows of the secret: the names of the forms that are in it. */
async function shown(response: Response): Promise<string[]> {
  const text = `${JSON.stringify([...response.headers])}\n${await response.text()}`
  return Object.entries(forms).flatMap(([name, form]) =>
    [form, form.slice(0, 12), form.slice(-12)].some((part) => text.includes(part)) ? [name] : [],
  )
}

test.each(Object.entries(forms))(
  'the key of a provider that it echoes %s in an error does not reach the client',
  async (_, form) => {
    for (const status of [400, 401, 429, 500]) {
      const name = await model((answer) =>
        answer
          .writeHead(status, { ...json, 'openai-version': form, 'retry-after': form })
          .end(`{"error":{"message":"Incorrect API key: ${form}","type":"x","code":null}}`),
      )
      const response = await proxy.chat({ model: name })
      expect(response.status).toBe(status === 401 ? 502 : status)
      expect(await shown(response)).toEqual([])
    }
  },
)

/** Writes the text in pieces of `size` bytes, each in a packet of its own. */
function trickle(answer: ServerResponse, text: string, size: number): void {
  const bytes = Buffer.from(text)
  const next = (at: number): void => {
    if (at >= bytes.length) answer.end()
    else answer.write(bytes.subarray(at, at + size), () => setImmediate(next, at + size))
  }
  next(0)
}

test.each([1, 7, 1000])(
  'the key does not reach the client in a stream of pieces of %i bytes, and the rest does',
  async (size) => {
    const all = Object.values(forms).join(' ')
    const words = (text: string) =>
      `data: {"choices":[{"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`
    const name = await model((answer) =>
      trickle(
        answer.writeHead(200, events),
        `${words('before 北京')}${words(all)}${words('after')}data: [DONE]\n\n`,
        size,
      ),
    )
    const response = await proxy.chat({ model: name, stream: true })
    const copy = response.clone()
    expect(await shown(response)).toEqual([])
    const text = (await copy.text()).replace(/^: alkhub-cost .*\n/m, '')
    expect(text.startsWith(words('before 北京'))).toBe(true)
    expect(text.endsWith(`${words('after')}data: [DONE]\n\n`)).toBe(true)
    expect(text).toContain('[redacted]')
  },
)

test.each([3, 5, 7])(
  'the key in deltas of %i characters does not reach the client',
  async (size) => {
    const pieces = Array.from({ length: Math.ceil(secret.length / size) }, (_, at) =>
      secret.slice(at * size, (at + 1) * size),
    )
    const events = ['It is ', ...pieces, '.'].map(
      (content) => `data: {"choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`,
    )
    const name = await model((answer) =>
      trickle(
        answer.writeHead(200, { 'content-type': 'text/event-stream' }),
        `${events.join('')}data: [DONE]\n\n`,
        11,
      ),
    )
    const response = await proxy.chat({ model: name, stream: true })
    const text = await response.text()
    const content = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, one]) => one).join('')
    expect(content).toMatch(/^It is (?:sk-)?(?:\[redacted\])+\.$/)
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  },
)

const codings = {
  gzip: gzipSync,
  br: brotliCompressSync,
  deflate: deflateSync,
  zstd: zstdCompressSync,
} as const

test.each(Object.entries(codings))(
  'an answer with an unrequested content-encoding %s is decoded, and is still searched for the key',
  async (coding, compress) => {
    const body = JSON.stringify({ choices: [{ message: { content: `x ${secret}` } }] })
    const stream = `data: {"choices":[{"delta":{"content":"${secret}"},"finish_reason":"stop"}]}\n\n`
    const whole = await model((answer) =>
      answer.writeHead(200, { ...json, 'content-encoding': coding }).end(compress(body)),
    )
    const response = await proxy.chat({ model: whole })
    expect(response.headers.get('content-encoding')).toBeNull()
    expect(await response.json()).toEqual({
      choices: [{ message: { content: 'x [redacted]' } }],
    })
    const streamed = await model((answer) =>
      answer.writeHead(200, { ...events, 'content-encoding': coding }).end(compress(stream)),
    )
    const text = await (await proxy.chat({ model: streamed, stream: true })).text()
    expect(text.replace(/^: alkhub-cost .*\n/m, '')).toBe(
      `${stream.replace(secret, '[redacted]')}data: [DONE]\n\n`,
    )
  },
)

test('a coding that is not known is an error and no garbage', async () => {
  const name = await model((answer) =>
    answer.writeHead(200, { ...json, 'content-encoding': 'rot13' }).end('{}'),
  )
  const response = await proxy.chat({ model: name })
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({ error: { code: 'upstream_bad_answer' } })
})

test('a redirect is not followed, and its address is not shown', async () => {
  let followed = 0
  const inside = upstream.serve((answer) => {
    followed += 1
    answer.end('{}')
  })
  const name = await model((answer) =>
    answer.writeHead(307, { location: `${inside}?key=${secret}` }).end(secret),
  )
  const response = await proxy.chat({ model: name })
  expect(response.status).toBe(502)
  expect(response.headers.get('location')).toBeNull()
  expect(await shown(response)).toEqual([])
  expect(followed).toBe(0)
})

test('the key is not among the models that a provider lists', async () => {
  const { key } = await proxy.createKey()
  const baseUrl = upstream.serve((answer) =>
    answer.writeHead(200, json).end(JSON.stringify({ data: [{ id: secret }, { id: 'good' }] })),
  )
  await proxy.addProvider('lists', { baseUrl }, secret)
  const headers = { authorization: `Bearer ${key}` }
  const list = async () => fetch(`${proxy.service.url}/v1/models`, { headers })
  await expect.poll(async () => (await list()).text(), { timeout: 10_000 }).toContain('lists/good')
  expect(await shown(await list())).toEqual([])
})

test('the key is in no log and in no row after all of this', async () => {
  const tables = await proxy.database.sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public'`
  const rows = await Promise.all(
    tables.map(({ name }) => proxy.database.sql`select * from ${proxy.database.sql(name)}`),
  )
  for (const form of Object.values(forms)) {
    expect(proxy.logs()).not.toContain(form)
    expect(JSON.stringify(rows)).not.toContain(form)
  }
  expect(proxy.logs()).toContain('a provider did not accept its key')
})

test('a row that is edited by hand does not send the secret to another address (A8)', async () => {
  const seen: (string | undefined)[] = []
  const id = await proxy.addProvider(
    'edited',
    { baseUrl: 'https://api.example.com/v1', models: ['m'] },
    secret,
  )
  const mine = upstream.serve((answer, request) => {
    seen.push(request.headers.authorization)
    answer.writeHead(200, json).end('{}')
  })
  await proxy.database.sql`
    update clients set config = jsonb_set(config, '{baseUrl}', ${JSON.stringify(mine)}::text::jsonb) where id = ${id}`
  const response = await proxy.chat({ model: 'edited/m' })
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({
    error: {
      code: 'unavailable',
      message: expect.stringContaining('its secret cannot be opened'),
    },
  })
  expect(seen).toEqual([])
})
