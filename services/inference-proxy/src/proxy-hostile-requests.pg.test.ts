import { setBudget } from '@alkdev/storage/inference'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { answerWhole, delta, done, finish, usage, writePrices } from './testing/priced-upstream.ts'
import { RecordedUpstream, sendEvents, sendJson } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'

const WINDOW = 100_000
const provider = new RecordedUpstream()
let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
let key: string
let keyId: string

beforeAll(async () => {
  upstream = await startTestUpstream()
  prices = await writePrices({
    'acme/m': { input: 2, output: 10, contextWindow: WINDOW },
    'acme/rank': { input: 2 },
    'chat/m': { input: 2, output: 10 },
  })
  proxy = await startTestProxy({
    inference: { pricesFile: prices.path, aliases: { m: ['acme/m'] } },
  })
  const baseUrl = upstream.serve(provider.handle)
  await proxy.addProvider('acme', {
    baseUrl,
    endpoints: ['chat', 'responses', 'completions', 'embeddings'],
    paths: ['images/*', 'rank', 'batches/*'],
  })
  await proxy.addProvider('chat', { baseUrl, endpoints: ['chat'] })
  const made = await proxy.createKey()
  key = made.key
  keyId = made.keyId
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
  await prices?.[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await proxy.database.sql`delete from budgets`
  provider.requests.length = 0
  provider.answer = (answer) => answerWhole(answer, 'ok', usage(20, 5))
})

const send = (path: string, body: string, method = 'POST'): Promise<Response> =>
  fetch(`${proxy.service.url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(method === 'POST' && { body }),
  })

/** The row of the call that was answered, when it is settled. */
async function rowOf(response: Response): Promise<Record<string, unknown> | undefined> {
  const id = String(response.headers.get('x-request-id'))
  let row: Record<string, unknown> | undefined
  await vi.waitFor(async () => {
    ;[row] = await proxy.database.sql`
      select ended_by, code, usage_source, cost_micros::int as cost, unpriced, model,
        (input_tokens + output_tokens)::int as tokens
      from inference_usage where id = ${id} and ended_at is not null`
    expect(row).toBeDefined()
  }, 5000)
  return row
}

/** Limits the key, and waits until the proxy knows. */
async function limit(unit: 'tokens' | 'cost', limitAmount: number): Promise<void> {
  await setBudget(proxy.database.db, {
    ...{ subjectType: 'key', subjectId: keyId, model: '', unit, period: 'total', limitAmount },
    ...{ maxOutputTokens: 1000, createdBy: proxy.ownerId },
  })
  await new Promise((resolve) => setTimeout(resolve, 1050))
}

const spent = async (): Promise<unknown> =>
  (await proxy.database.sql`select spent::int, reserved::int from budgets`)[0]

test('a model whose name cannot be stored is called once, and its row has the usage and no cost', async () => {
  for (const name of ['m\\u0000', '\\ud800', '\\udfff\\u0000']) {
    const response = await send('chat/completions', `{"model":"acme/${name}","messages":[]}`)
    expect(response.status).toBe(200)
    expect(await rowOf(response)).toMatchObject({
      ...{ ended_by: 'done', usage_source: 'provider', tokens: 25, unpriced: true },
      model: expect.stringContaining('\u{fffd}'),
    })
  }
  const streamed = await send(
    'chat/completions',
    '{"model":"chat/m\\u0000","messages":[],"stream":true}',
  )
  expect(await rowOf(streamed)).toMatchObject({ code: 'UPSTREAM_BAD_ANSWER' })
})

test('a provider that reads the first of two models gets the same as one that reads the last', async () => {
  const response = await send('chat/completions', '{"model":"large","model":"m","messages":[]}')
  expect(response.status).toBe(200)
  expect(provider.last?.text).toBe('{"model":"m","model":"m","messages":[]}')
})

test('a body that a provider could read otherwise is refused before anything is sent', async () => {
  for (const member of [
    '"Model":"large"',
    '"MAX_TOKENS":9999',
    '"N":50',
    '"stream":true,"stream":false',
  ]) {
    const response = await send(
      'chat/completions',
      `{"model":"acme/m","messages":[],"max_tokens":1,${member}}`,
    )
    expect([member, response.status]).toEqual([member, 400])
  }
  expect(provider.requests).toEqual([])
})

test('what follows the end of a stream fails no answer, translated or not', async () => {
  const late = 'data: {"error":{"message":"late"}}\n\n'
  provider.answer = (answer) => sendEvents(answer, `${delta('hi')}${finish}${done}${late}`)
  const chat = await send('chat/completions', '{"model":"acme/m","messages":[],"stream":true}')
  const text = await chat.text()
  expect(text.endsWith(done)).toBe(true)
  expect(await rowOf(chat)).toMatchObject({ ended_by: 'done', code: null })
  const translated = await send('responses', '{"model":"chat/m","input":"x","stream":true}')
  expect(await translated.text()).toContain('response.completed')
  expect(await rowOf(translated)).toMatchObject({ ended_by: 'done', code: null })
})

test('the tokens of a stored response, and of a batch that is read, are those of an earlier call', async () => {
  const used = { input_tokens: 100, output_tokens: 50, total_tokens: 150 }
  const response = {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    output: [],
    usage: used,
  }
  provider.answer = (answer) => sendJson(answer, response)
  await limit('tokens', 1_000_000)
  const made = await send('responses', '{"model":"acme/m","input":"x"}')
  expect(await rowOf(made)).toMatchObject({ tokens: 150 })
  for (const path of ['responses/resp_1', 'batches/b?model=acme/m'])
    for (let at = 0; at < 2; at += 1) {
      const read = await send(path, '', 'GET')
      expect(await read.json()).toEqual(response)
      expect(await rowOf(read)).toMatchObject({ tokens: 0, cost: 0, unpriced: false })
    }
  await expect.poll(spent).toEqual({ spent: 150, reserved: 0 })
})

test('a response in the background is refused where a limit counts it, and served elsewhere', async () => {
  provider.answer = (answer) => sendJson(answer, { id: 'resp_2', object: 'response', output: [] })
  const body = '{"model":"acme/m","input":"x","background":true}'
  // The budget of the test before is forgotten within a second.
  await expect.poll(async () => (await send('responses', body)).status, { timeout: 3000 }).toBe(200)
  await limit('tokens', 1_000_000)
  const sent = provider.requests.length
  const refused = await send('responses', body)
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ error: { param: 'background' } })
  expect(provider.requests).toHaveLength(sent)
})

test('a path that is passed through reserves output for its model, as many times as it asks for answers', async () => {
  await limit('tokens', 5000)
  const ask = async (members: string, model = 'm', path = 'images/generations') =>
    (await send(path, `{"model":"acme/${model}",${members}}`)).status
  expect(await ask('"prompt":"x","n":4')).toBe(200)
  expect(await ask('"prompt":"x","n":5')).toBe(402)
  // Its output has no price, so it writes none.
  expect(await ask('"n":5', 'rank', 'rank')).toBe(200)
  await expect.poll(spent).toEqual({ spent: 50, reserved: 0 })
})

test('what continues a stored conversation reserves the window of the model', async () => {
  await limit('tokens', WINDOW)
  const body = { model: 'acme/m', input: 'x', max_output_tokens: 1 }
  const response = {
    id: 'resp_3',
    object: 'response',
    output: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  }
  provider.answer = (answer) => sendJson(answer, response)
  expect((await send('responses', JSON.stringify(body))).status).toBe(200)
  const next = { ...body, previous_response_id: 'resp_3' }
  expect((await send('responses', JSON.stringify(next))).status).toBe(402)
})

test('a text that looks like an attachment counts as text', async () => {
  await limit('tokens', 20_000)
  const content = `data:image/png;base64,${'word '.repeat(5000)}`
  const body = { model: 'acme/m', max_tokens: 1, messages: [{ role: 'user', content }] }
  expect((await send('chat/completions', JSON.stringify(body))).status).toBe(402)
  expect(provider.requests).toEqual([])
})

test('a text that is an object which cannot be one is no fault of the hub', async () => {
  const bad = { toString: 1, length: -1 }
  const hub = { type: 'mcp', server_url: `${proxy.service.url}/mcp`, require_approval: 'never' }
  const bodies: readonly (readonly [string, object])[] = [
    ['chat/completions', { messages: [{ role: bad, content: [{ type: bad, text: bad }] }] }],
    ['responses', { input: [{ type: 'mcp_call', id: bad, name: bad }], tools: [hub] }],
    ['responses', { input: 'x', tools: [{ ...hub, authorization: bad }] }],
    [
      'messages',
      { messages: [], mcp_servers: [{ url: hub.server_url }, { url: bad }], max_tokens: 1 },
    ],
  ]
  for (const [path, body] of bodies) {
    const answer = await send(path, JSON.stringify({ model: 'acme/m', ...body }))
    expect([path, answer.status, await answer.text()]).not.toEqual([path, 500, expect.anything()])
  }
})

test('a body of more objects or members than any request has is refused before it is parsed', async () => {
  const bodies = [`"a":[${'[],'.repeat(500_000)}0]`, `"n":1${',"n":1'.repeat(10_000)}`]
  for (const members of bodies) {
    const answer = await send('chat/completions', `{"model":"acme/m","messages":[],${members}}`)
    expect(answer.status).toBe(400)
  }
  expect(provider.requests).toEqual([])
})
