import { afterAll, beforeAll, expect, test } from 'vitest'
import { RecordedUpstream, sendEvents, sendJson } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'

const KEY = 'sk-files-0123456789'
let proxy: TestProxy
let upstream: TestUpstream
let authorization: string
const files = new RecordedUpstream()
const images = new RecordedUpstream()

beforeAll(async () => {
  upstream = await startTestUpstream()
  proxy = await startTestProxy({})
  authorization = `Bearer ${(await proxy.createKey()).key}`
  await proxy.addProvider(
    'f',
    {
      baseUrl: upstream.serve(files.handle),
      paths: ['files', 'files/*', 'audio/*', 'moderations'],
    },
    KEY,
  )
  await proxy.addProvider('i', {
    baseUrl: upstream.serve(images.handle),
    paths: ['images/*', 'moderations'],
  })
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${proxy.service.url}/v1/${path}`, {
    ...init,
    headers: { authorization, ...(init.headers as Record<string, string>) },
  })

async function rowOf(response: Response): Promise<Record<string, unknown>> {
  const id = response.headers.get('x-request-id')
  const read = async (): Promise<Record<string, unknown>> =>
    (await proxy.database.sql`select * from inference_usage where id = ${id}`)[0] ?? {}
  await expect.poll(async () => (await read())['ended_at'], { timeout: 10_000 }).toBeTruthy()
  return read()
}

test('a request without a model goes to the only provider that offers the path, and uses nothing', async () => {
  files.answer = (to) => sendJson(to, { data: [], key: KEY })
  const response = await ask('files?limit=2&purpose=batch')
  expect(files.last).toMatchObject({ method: 'GET', path: 'files?limit=2&purpose=batch' })
  expect(files.last?.headers['authorization']).toBe(`Bearer ${KEY}`)
  expect(await response.text()).not.toContain(KEY)
  expect(await rowOf(response)).toMatchObject({
    endpoint: 'files',
    provider: 'f',
    usage_source: 'none',
    cost_micros: '0',
    ended_by: 'done',
  })
})

test('bytes pass in both directions as they are, and the type of the answer with them', async () => {
  const bytes = Buffer.from([0, 255, 13, 10, 128])
  files.answer = (to) =>
    to
      .writeHead(200, { 'content-type': 'audio/mpeg', 'content-disposition': 'attachment' })
      .end(bytes)
  const response = await ask('files/file-1/content')
  expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
  expect(response.headers.get('content-type')).toBe('audio/mpeg')
  expect(response.headers.get('content-disposition')).toBe('attachment')
})

test('the model of a form loses the name of the provider, and all other bytes stay', async () => {
  files.answer = (to) =>
    sendJson(to, { text: 'Hi', usage: { type: 'tokens', input_tokens: 14, output_tokens: 4 } })
  const form = new FormData()
  form.set('file', new Blob([Buffer.from([1, 0, 2])]), 'a.wav')
  form.set('model', 'f/whisper')
  const response = await ask('audio/transcriptions', { method: 'POST', body: form })
  expect(response.status).toBe(200)
  expect(files.last?.text).toContain('name="model"\r\n\r\nwhisper\r\n')
  expect(files.last?.text).toContain('\u0001\u0000\u0002')
  expect(await rowOf(response)).toMatchObject({
    endpoint: 'audio/*',
    model: 'whisper',
    input_tokens: '14',
    output_tokens: '4',
  })
})

test('a stream of events passes, and its usage is in the row', async () => {
  const stream =
    'event: image_generation.completed\ndata: {"type":"image_generation.completed","usage":{"input_tokens":5,"output_tokens":9}}\n\n'
  images.answer = (to) => sendEvents(to, stream)
  const response = await proxy.post('images/generations', {
    model: 'i/draw',
    prompt: 'a',
    stream: true,
  })
  expect(await response.text()).toBe(stream)
  expect(JSON.parse(images.last?.text ?? '')).toMatchObject({ model: 'draw' })
  expect(await rowOf(response)).toMatchObject({
    input_tokens: '5',
    output_tokens: '9',
    unpriced: true,
    cost_micros: null,
  })
})

test.each([
  ['the header', 'moderations', { 'x-alkhub-provider': 'i' }],
  ['the address', 'providers/i/moderations', {}],
])('%s names the provider where several offer the path', async (_, path, headers) => {
  images.answer = (to) => sendJson(to, { results: [] })
  expect((await proxy.post('moderations', { input: 'x' })).status).toBe(400)
  const count = images.requests.length
  expect((await proxy.post(path, { input: 'x' }, headers)).status).toBe(200)
  expect(images.requests).toHaveLength(count + 1)
})

test.each([
  ['GET', 'batches'],
  ['GET', 'files/..%2fadmin'],
  ['GET', 'files/%2e%2e/admin'],
  ['GET', 'providers/none/files'],
  ['POST', 'providers/i/files'],
])('%s %s is refused with 404, and nothing is sent', async (method, path) => {
  const count = files.requests.length + images.requests.length
  const response = await ask(path, { method })
  expect(response.status).toBe(404)
  expect(files.requests.length + images.requests.length).toBe(count)
})

test('an error of the provider keeps its status and its words, and a half answer is cut', async () => {
  files.answer = (to) => sendJson(to, { error: { message: `no ${KEY}` } }, 404)
  const refused = await ask('files/none')
  expect(refused.status).toBe(404)
  expect(await refused.text()).toMatch(/no \[redacted\]/)
  files.answer = (to) => {
    to.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' })
    to.write('half', () => to.destroy())
  }
  const half = await ask('files/half/content')
  await expect(half.text()).rejects.toThrow('terminated')
  expect(await rowOf(half)).toMatchObject({ truncated: true, ended_by: 'upstream' })
})

test('a refused key of the provider is no error of authentication of the client', async () => {
  files.answer = (to) => sendJson(to, { error: { message: KEY } }, 401)
  const response = await ask('files')
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({ error: { code: 'upstream_auth_failed' } })
})

test.each([
  ['JSON with another type', { 'content-type': 'text/plain' }, ' {"model":"f/a"}'],
  ['JSON without a type', {}, '\u{feff}{"model":"f/a"}'],
  ['two members of JSON', { 'content-type': 'application/json' }, '{"model":"f/a","model":null}'],
  ['a member in capitals', { 'content-type': 'application/json' }, '{"Model":"f/a"}'],
  ['a list', { 'content-type': 'application/json' }, '{"model":["f/a"]}'],
  ['the form of a page', { 'content-type': 'application/x-www-form-urlencoded' }, 'model=a'],
  ['another form', { 'content-type': 'multipart/mixed; boundary=x' }, '--x--'],
])('a model in %s is refused, and nothing is sent', async (_what, headers, text) => {
  const count = files.requests.length
  const body = new Uint8Array(Buffer.from(text))
  const response = await ask('files', { method: 'POST', headers, body })
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining('validation_error'),
  ])
  expect(files.requests).toHaveLength(count)
})

test('the model that a query or an unquoted member of a form names is in the row', async () => {
  files.answer = (to) => sendJson(to, { text: 'Hi' })
  const inQuery = await ask('files?model=nova', { method: 'POST', body: new Uint8Array([0, 1]) })
  expect(await rowOf(inQuery)).toMatchObject({ model: 'nova' })
  const body = '--x\r\nContent-Disposition: form-data; name=model\r\n\r\nf/whisper\r\n--x--\r\n'
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  const inForm = await ask('audio/transcriptions', { method: 'POST', headers, body })
  expect(await rowOf(inForm)).toMatchObject({ model: 'whisper' })
  expect(files.last?.text).toContain('name=model\r\n\r\nwhisper\r\n')
  for (const query of [
    'model=a',
    'a?&model=a',
    'Model=whisper',
    'model[]=a',
    'model=f/whisper&model=a',
  ])
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect([
      query,
      (await ask(`files?${query}`, { method: 'POST', headers, body })).status,
    ]).toEqual([query, 400])
})

test('a provider that has not changed is asked for its models once, though the providers are read again', async () => {
  files.answer = (to) => sendJson(to, { data: [{ id: 'whisper' }] })
  const asked = (): number => files.requests.filter(({ path }) => path === 'models').length
  expect((await ask('models')).status).toBe(200)
  expect(asked()).toBe(1)
  // The providers are read again for a name that is not known.
  expect((await proxy.chat({ model: 'absent/x' })).status).toBe(404)
  expect(await (await ask('models')).text()).toContain('f/whisper')
  expect(asked()).toBe(1)
})
