import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { call } from '../http.ts'
import type { Answer } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

const secret = 'sk-planted-provider-secret-0123456789'
let hub: TestStack
let provider: FakeProvider
let user: TestKey
let created: Answer

beforeAll(async () => {
  hub = await startTestStack({ inference: { firstByteTimeoutMs: 1500 } })
  provider = await startFakeProvider()
  user = await hub.createKey(['inference:use', 'clients:*'])
  created = await call(hub, user, 'clients.create', {
    name: 'fake',
    type: 'llm-provider',
    config: { baseUrl: provider.url },
    secret,
  })
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
})

function chat(body: object, key = user.key, base = hub.inference): Promise<Response> {
  return fetch(`${base}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }], ...body }),
  })
}

test('adding a provider does not show its key again', () => {
  expect(created.status).toBe(200)
  expect(JSON.stringify(created.body)).not.toContain(secret)
})

test('a completion passes through with unknown fields, and the provider sees its own key and its own name of the model', async () => {
  const response = await chat({ model: 'fake/good', temperature: 0.5, odd_field: { a: [1] } })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-alkhub-provider')).toBe('fake')
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(await response.json()).toMatchObject({
    choices: [{ message: { content: 'Hello ✓' } }],
    usage: { total_tokens: 5 },
  })
  const seen = provider.seen.at(-1)
  expect(seen).toMatchObject({ path: '/v1/chat/completions', authorization: `Bearer ${secret}` })
  expect(seen?.body).toMatchObject({ model: 'good', temperature: 0.5, odd_field: { a: [1] } })
})

test('a stream passes through chunk by chunk, also through the gateway', async () => {
  const response = await chat({ model: 'fake/slow', stream: true }, user.key, hub.gateway)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = response.body?.getReader()
  const started = performance.now()
  const first = await reader?.read()
  const firstAt = performance.now() - started
  let text = new TextDecoder().decode(first?.value)
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read())
    text += new TextDecoder().decode(part.value)
  expect(text).toContain('[DONE]')
  expect(text.match(/"content"/g)).toHaveLength(3)
  // The first chunk came before the provider had written the last one.
  expect(firstAt).toBeLessThan(performance.now() - started)
  expect(provider.seen.at(-1)?.aborted).toBe(false)
})

test('a client that leaves a stream stops the provider', async () => {
  const controller = new AbortController()
  const response = await fetch(`${hub.inference}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${user.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fake/slow', stream: true, messages: [] }),
    signal: controller.signal,
  })
  await response.body?.getReader().read()
  controller.abort()
  await wait(400)
  expect(provider.seen.at(-1)?.aborted).toBe(true)
})

test('a stream that the provider breaks off does not look like a whole one', async () => {
  const response = await chat({ model: 'fake/cuts', stream: true })
  await expect(response.text()).rejects.toThrow(/terminated|aborted|closed/)
})

test("a provider's own refusal keeps its status, its Retry-After and its words", async () => {
  const response = await chat({ model: 'fake/429' })
  expect(response.status).toBe(429)
  expect(response.headers.get('retry-after')).toBe('7')
  expect(await response.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
})

test('a provider that is silent or away is an error in the shape that OpenAI clients read', async () => {
  const silent = await chat({ model: 'fake/silent' })
  expect(silent.status).toBe(504)
  expect(await silent.json()).toMatchObject({ error: { type: 'server_error', code: 'timeout' } })
  await call(hub, user, 'clients.create', {
    name: 'away',
    type: 'llm-provider',
    config: { baseUrl: 'http://127.0.0.1:9/v1' },
  })
  await wait(1100)
  const away = await chat({ model: 'away/any' })
  expect(away.status).toBe(503)
  const text = await away.text()
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'provider_unavailable' } })
  expect(text).not.toContain('127.0.0.1')
})

test.each([
  [{ model: 'fake' }, 404, 'not_found_error'],
  [{ model: 'missing/x' }, 404, 'not_found_error'],
  [{ model: 7 }, 400, 'invalid_request_error'],
  [{ model: 'fake/good', messages: 'Hi' }, 400, 'invalid_request_error'],
])('the bad request %j gets %i %s', async (body, status, type) => {
  const response = await chat(body)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ error: { type, message: expect.any(String) } })
})

test('models are listed for accounts that may use them, and no other account uses them', async () => {
  const own = await fetch(`${hub.inference}/v1/models`, {
    headers: { authorization: `Bearer ${user.key}` },
  })
  const { data } = (await own.json()) as { data: { id: string }[] }
  expect(data.map((model) => model.id)).toEqual(
    expect.arrayContaining(['fake/good', 'fake/org/other']),
  )
  const outsider = await hub.createKey(['inference:use'])
  const answer = await fetch(`${hub.inference}/v1/models`, {
    headers: { authorization: `Bearer ${outsider.key}` },
  })
  expect(await answer.json()).toEqual({ object: 'list', data: [] })
  expect((await chat({ model: 'fake/good' }, outsider.key)).status).toBe(404)
  const without = await hub.createKey([])
  expect((await chat({ model: 'fake/good' }, without.key)).status).toBe(403)
  expect((await chat({ model: 'fake/good' }, 'alk_wrong')).status).toBe(401)
})

test("the provider's key lies encrypted in the database and in no log", async () => {
  const rows = await hub.database.sql`select * from client_secrets`
  expect(rows.length).toBeGreaterThan(0)
  expect(JSON.stringify(rows)).not.toContain(secret)
  expect(JSON.stringify(rows)).not.toContain(Buffer.from(secret).toString('base64').slice(0, 20))
  expect(JSON.stringify(await hub.database.sql`select * from call_log`)).not.toContain(secret)
  expect(hub.logs()).not.toContain(secret)
})
