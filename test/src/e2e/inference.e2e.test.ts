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
  hub = await startTestStack({
    inference: { firstByteTimeoutMs: 1500, packages: { compat: '@ai-sdk/openai-compatible' } },
  })
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

test('a stream that the provider breaks does not look like a whole one', async () => {
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

const dataOf = async (key: TestKey, operation: string, input: object): Promise<Answer> =>
  call(hub, key, operation, input)

test('what calls used is added up for their account, and each call is in its history', async () => {
  const own = await hub.createKey(['inference:use', 'usage:read'], user.accountId)
  const response = await chat({ model: 'fake/good' }, own.key, hub.gateway)
  const callId = response.headers.get('x-request-id')
  expect(response.headers.get('x-alkhub-unpriced')).toBe('true')
  await response.text()
  const usage = (input: object) => dataOf(own, 'inference.usage', input)
  const seen = { by: 'key', keyId: own.keyId }
  await expect
    .poll(async () => (await usage(seen)).body, { timeout: 10_000 })
    .toMatchObject({
      data: {
        items: [{ group: own.keyId, calls: 1, unpriced: 1, inputTokens: 3, outputTokens: 2 }],
      },
    })
  for (const by of ['day', 'model', 'account', 'session'])
    // oxlint-disable-next-line no-await-in-loop -- one question after the other
    expect((await usage({ by })).status).toBe(200)
  expect((await usage({ by: 'day', all: true })).status).toBe(403)
  const listed = { operationId: 'inference.chatCompletions' }
  await expect
    .poll(async () => JSON.stringify((await dataOf(own, 'calls.list', listed)).body), {
      timeout: 10_000,
    })
    .toContain(callId)
  const other = await hub.createKey(['usage:read'])
  expect((await dataOf(other, 'inference.usage', seen)).body).toMatchObject({ data: { items: [] } })
})

test('a budget is set by who may, seen by its account, refuses calls, and can be removed', async () => {
  const own = await hub.createKey(['inference:use', 'budgets:*'], user.accountId)
  const other = await hub.createKey(['budgets:*'])
  const set = {
    subjectType: 'key',
    subjectId: own.keyId,
    unit: 'tokens',
    period: 'total',
    limit: 1,
  }
  expect((await dataOf(other, 'budgets.set', set)).status).toBe(404)
  const account = { ...set, subjectType: 'account', subjectId: own.accountId }
  expect((await dataOf(own, 'budgets.set', account)).status).toBe(403)
  const created = await dataOf(own, 'budgets.set', set)
  expect(created.body).toMatchObject({ data: { limit: 1, spent: 0, reserved: 0, remaining: 1 } })
  const { budgetId } = (created.body as { data: { budgetId: string } }).data
  expect((await dataOf(other, 'budgets.get', { budgetId })).status).toBe(404)
  expect((await dataOf(own, 'budgets.list', {})).body).toMatchObject({
    data: { items: [{ budgetId }] },
  })
  await expect
    .poll(async () => (await chat({ model: 'fake/good' }, own.key)).status, { timeout: 10_000 })
    .toBe(402)
  expect((await dataOf(own, 'budgets.delete', { budgetId })).status).toBe(200)
  await expect
    .poll(async () => (await chat({ model: 'fake/good' }, own.key)).status, { timeout: 10_000 })
    .toBe(200)
})

test('inference.explain names the targets, their states and the worst case, and sends nothing', async () => {
  const count = provider.seen.length
  const body = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 10 }
  const { body: answer } = await dataOf(user, 'inference.explain', { model: 'fake/good', body })
  expect(answer).toMatchObject({
    data: {
      targets: [
        {
          target: 'fake/good',
          key: 'secret',
          state: 'ready',
          dialect: 'chat',
          worstCostMicros: null,
        },
      ],
      sticky: false,
      worstCostMicros: null,
    },
  })
  expect(answer.data.worstTokens).toBeGreaterThan(10)
  const messages = { model: 'fake/good', endpoint: 'embeddings', session: 's' }
  expect((await dataOf(user, 'inference.explain', messages)).body).toMatchObject({
    data: { sticky: true, targets: [{ state: 'ready' }] },
  })
  expect((await dataOf(user, 'inference.explain', { model: 'none/x' })).status).toBe(404)
  const { body: states } = await dataOf(user, 'inference.providers', {})
  expect(states.data.items).toContainEqual(
    expect.objectContaining({ name: 'fake', refusedKeys: [], openTargets: [] }),
  )
  expect(provider.seen).toHaveLength(count)
})

test('a provider is tried with each of its keys, before and after it is stored', async () => {
  const trial = (input: object) => dataOf(user, 'inference.testProvider', input)
  const config = { baseUrl: provider.url }
  expect((await trial({ config, secret: 'sk-new', model: 'good' })).body).toMatchObject({
    data: { ok: true, keys: [{ key: 'secret', ok: true }], models: ['good', 'org/other'] },
  })
  expect(provider.seen.at(-1)).toMatchObject({ authorization: 'Bearer sk-new' })
  const listed = { ...config, models: ['good'] }
  const asked = { secret: 'sk-new', model: 'good' }
  for (const format of [{ protocol: 'anthropic' }, { protocol: 'package', package: 'compat' }])
    // oxlint-disable-next-line no-await-in-loop -- two trials
    expect((await trial({ config: { ...listed, ...format }, ...asked })).body).toMatchObject({
      data: { ok: true },
    })
  expect(provider.seen.at(-1)).toMatchObject({ authorization: 'Bearer sk-new' })
  const absent = { ...listed, protocol: 'package', package: 'absent' }
  expect((await trial({ config: absent, ...asked })).body).toMatchObject({
    data: { ok: false, keys: [{ error: { code: 'UNAVAILABLE' } }] },
  })
  expect((await trial({ config: { ...config, protocol: 'package' } })).body).toMatchObject({
    details: { errors: [{ path: '/config/package' }, { path: '/config/models' }] },
  })
  const away = { config: { baseUrl: 'http://127.0.0.1:9/v1' } }
  expect((await trial(away)).body).toMatchObject({
    data: {
      ok: false,
      keys: [
        {
          ok: false,
          error: {
            code: 'PROVIDER_UNAVAILABLE',
            message: expect.stringContaining('http://127.0.0.1:9/v1'),
          },
        },
      ],
    },
  })
  await dataOf(user, 'clients.update', { name: 'fake', secrets: { second: 'sk-second' } })
  expect((await trial({ name: 'fake' })).body).toMatchObject({
    data: { ok: true, keys: [{ key: 'second' }, { key: 'secret' }] },
  })
  expect((await dataOf(user, 'clients.get', { name: 'fake' })).body).toMatchObject({
    data: { keys: ['second', 'secret'] },
  })
  const moved = { name: 'fake', config: { baseUrl: 'https://other.example.com/v1' }, secret }
  expect((await dataOf(user, 'clients.update', moved)).body).toMatchObject({
    details: { errors: [{ path: '/secrets/second' }] },
  })
  await dataOf(user, 'clients.update', { name: 'fake', secrets: { second: null } })
  const outsider = await hub.createKey(['clients:*'])
  expect((await dataOf(outsider, 'inference.testProvider', { name: 'fake' })).status).toBe(404)
})
