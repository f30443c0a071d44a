import { setBudget } from '@alkdev/storage/inference'
import type { Budget } from '@alkdev/storage/inference'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { writePrices } from './testing/priced-upstream.ts'
import { namedEvents, RecordedUpstream, sendEvents, sendJson } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'

let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
let key: string
let keyId: string
/** Serves all protocols of OpenAI, and messages. */
const acme = new RecordedUpstream()
const claude = new RecordedUpstream()

beforeAll(async () => {
  upstream = await startTestUpstream()
  const models = {
    'acme/*': { input: 2, output: 10 },
    'chatty/*': { input: 2, output: 10 },
    'claude/*': { input: 2, output: 10 },
  }
  const tiers = {
    'acme/*': { flex: 0.5, priority: { input: 4, output: 30 }, batch: 0.5 },
    'chatty/*': { flex: 0.5 },
    'claude/*': { priority: 3, batch: 0.5, 'speed:fast': 6 },
  }
  prices = await writePrices(models, tiers)
  proxy = await startTestProxy({ inference: { pricesFile: prices.path, callLeaseMs: 1000 } })
  await proxy.addProvider('acme', {
    baseUrl: upstream.serve(acme.handle),
    paths: ['draw'],
  })
  await proxy.addProvider('chatty', {
    baseUrl: upstream.serve(acme.handle),
    endpoints: ['chat'],
  })
  await proxy.addProvider('claude', {
    baseUrl: upstream.serve(claude.handle),
    protocol: 'anthropic',
  })
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
})

const used = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 }
const SAYS = [{ role: 'user', content: 'Hi' }]
const COSTS: Readonly<Record<string, number>> = { default: 90, flex: 45, priority: 230 }

/** Answers of each protocol that say they were served in a tier. */
function answerIn(tier: string | undefined): void {
  acme.answer = (to, request) => {
    const { stream } = JSON.parse(request.text ?? '{}') as { stream?: boolean }
    const said = { service_tier: tier }
    if (request.url?.endsWith('/responses') === true) {
      const usage = { input_tokens: 20, output_tokens: 5 }
      const whole = { id: 'resp_1', object: 'response', status: 'completed', output: [] }
      if (stream !== true) return sendJson(to, { ...whole, ...said, usage })
      const start = { ...whole, status: 'in_progress', service_tier: 'auto' }
      return sendEvents(
        to,
        namedEvents(
          { type: 'response.created', response: start } as { type: string },
          { type: 'response.completed', response: { ...whole, ...said, usage } } as {
            type: string
          },
        ),
      )
    }
    const choice = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'a' } }
    if (stream !== true) return sendJson(to, { id: 'c', choices: [choice], usage: used, ...said })
    const event = (more: object): string =>
      `data: ${JSON.stringify({ id: 'c', ...said, ...more })}\n\n`
    const delta = (finish_reason: string | null) => ({
      index: 0,
      delta: { content: 'a' },
      finish_reason,
    })
    return sendEvents(
      to,
      `${event({ choices: [delta(null)] })}${event({ choices: [delta('stop')] })}${event({ choices: [], usage: used })}data: [DONE]\n\n`,
    )
  }
  claude.answer = (to, request) => {
    const { stream } = JSON.parse(request.text ?? '{}') as { stream?: boolean }
    const usage = { input_tokens: 20, output_tokens: 5, service_tier: tier }
    const message = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [] }
    if (stream !== true) return sendJson(to, { ...message, stop_reason: 'end_turn', usage })
    return sendEvents(
      to,
      namedEvents(
        { type: 'message_start', message: { ...message, usage } } as { type: string },
        {
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
          usage: { output_tokens: 5 },
        } as { type: string },
        { type: 'message_stop' },
      ),
    )
  }
}

interface Row extends Record<string, unknown> {
  readonly cost: number | null
  readonly version: string
}

async function rowOf(id: string | null): Promise<Row> {
  const read = async () =>
    proxy.database.sql<Row[]>`
      select cost_micros::int as cost, price_version as version, unpriced, input_tokens::int as input, output_tokens::int as output,
        usage_source, endpoint, model, account_id, parent_id
      from inference_usage where id = ${id} and ended_at is not null`
  await expect.poll(async () => (await read()).length, { timeout: 10_000 }).toBe(1)
  return (await read())[0] as Row
}

const send = (path: string, body: object | string, method = 'POST'): Promise<Response> =>
  fetch(`${proxy.service.url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })

const BODIES: Readonly<Record<string, object>> = {
  'chat/completions': { model: 'acme/m', messages: [], max_tokens: 10 },
  responses: { model: 'acme/m', input: 'x', max_output_tokens: 10 },
  messages: { model: 'claude/m', messages: [], max_tokens: 10 },
}

/** Sets a budget of money, and waits until the proxy knows it. */
async function money(limitAmount: number): Promise<Budget> {
  const stored = await setBudget(proxy.database.db, {
    subjectType: 'key',
    subjectId: keyId,
    model: '',
    unit: 'cost',
    period: 'total',
    limitAmount,
    maxOutputTokens: null,
    createdBy: proxy.ownerId,
  })
  await new Promise((resolve) => setTimeout(resolve, 1050))
  return stored
}

const amounts = async ({ id }: Budget) =>
  (
    await proxy.database.sql<{ spent: number; reserved: number }[]>`
      select spent::int, reserved::int from budgets where id = ${id}`
  )[0]

const cases = ['chat/completions', 'responses', 'messages'].flatMap((path) =>
  [false, true].flatMap((stream) =>
    ['default', 'flex', 'priority'].map((tier) => [path, stream, tier] as const),
  ),
)

test.each(cases)(
  '%s (stream: %s) in the tier %s costs what the tier costs',
  async (path, stream, tier) => {
    // Anthropic has a standard and no flex tier.
    const isMessages = path === 'messages'
    const name = isMessages
      ? { default: 'standard', flex: 'batch', priority: 'priority' }[tier]
      : tier
    answerIn(name)
    const asks = isMessages ? 'auto' : tier
    const response = await send(path, { ...BODIES[path], stream, service_tier: asks })
    const text = await response.text()
    expect(response.status).toBe(200)
    const expected = isMessages && tier === 'priority' ? 270 : COSTS[tier]
    const row = await rowOf(response.headers.get('x-request-id'))
    const tierName = name === 'standard' || name === 'default' ? '' : `/${name}`
    expect(row).toMatchObject({ cost: expected, unpriced: false, input: 20, output: 5 })
    expect(row.version).toMatch(new RegExp(`\\+test-1${tierName}$`))
    const stated = stream
      ? /"costMicros":(\d+)/.exec(text)?.[1]
      : response.headers.get('x-alkhub-cost-micros')
    expect(Number(stated)).toBe(expected)
    // The provider got the tier as the client wrote it.
    const last = isMessages ? claude.last : acme.last
    expect(JSON.parse(last?.text ?? '{}')).toMatchObject({ service_tier: asks })
  },
)

test('a tier without a known price has the cost null and a flag, and a budget of money refuses it before anything is sent', async () => {
  answerIn('scale')
  const response = await send('chat/completions', {
    ...BODIES['chat/completions'],
    service_tier: 'scale',
  })
  expect(response.headers.get('x-alkhub-unpriced')).toBe('true')
  expect(await rowOf(response.headers.get('x-request-id'))).toMatchObject({
    cost: null,
    unpriced: true,
  })
  const budget = await money(1_000_000)
  const sent = acme.requests.length
  const refused = await send('chat/completions', {
    ...BODIES['chat/completions'],
    service_tier: 'scale',
  })
  expect(refused.status).toBe(402)
  expect(await refused.json()).toMatchObject({
    error: { code: 'model_unpriced', message: expect.stringContaining('tier scale') as string },
  })
  expect(acme.requests).toHaveLength(sent)
  expect(await amounts(budget)).toEqual({ spent: 0, reserved: 0 })
})

test('a budget at its edge holds the price of the dearest tier that the request may get', async () => {
  answerIn('priority')
  const body = { ...BODIES['chat/completions'], messages: [{ role: 'user', content: 'x' }] }
  const length = Buffer.byteLength(JSON.stringify(body))
  const dear = length * 4 + 10 * 30
  const budget = await money(dear - 1)
  // Nothing is said: the provider may choose the dear one.
  expect((await send('chat/completions', body)).status).toBe(402)
  expect((await send('chat/completions', { ...body, service_tier: 'auto' })).status).toBe(402)
  expect((await send('chat/completions', { ...body, service_tier: 'priority' })).status).toBe(402)
  answerIn('default')
  const paid = await send('chat/completions', { ...body, service_tier: 'default' })
  expect(paid.status).toBe(200)
  await paid.text()
  expect((await rowOf(paid.headers.get('x-request-id'))).cost).toBe(90)
  await expect.poll(() => amounts(budget)).toEqual({ spent: 90, reserved: 0 })
  // One more, and it fits to the micro.
  await money(90 + dear)
  expect((await send('chat/completions', body)).status).toBe(200)
})

test.each([
  '"service_tier":"flex","service_tier":"priority"',
  '"service_tier":"flex","Service_Tier":"priority"',
  '"service_tier":"flex","\\u0073ervice_tier":"priority"',
  '"\u017fervice_tier":"priority"',
  '"Speed":"fast"',
])(
  'a request whose provider could read another tier than the hub is refused: %s',
  async (members) => {
    const sent = acme.requests.length
    const body = `{"model":"acme/m","messages":[],"max_tokens":10,${members}}`
    expect((await send('chat/completions', body)).status).toBe(400)
    expect(acme.requests).toHaveLength(sent)
  },
)

test('on a path that is passed through, a tier that comes twice has no known price', async () => {
  acme.answer = (to) => sendJson(to, { usage: used, service_tier: 'priority' })
  const ask = (members: string) => send('draw', `{"model":"acme/m",${members}}`)
  const clear = await ask('"service_tier":"priority"')
  expect((await rowOf(clear.headers.get('x-request-id'))).cost).toBe(230)
  await money(1_000_000)
  expect((await ask('"service_tier":"flex"')).status).toBe(200)
  expect((await ask('"service_tier":"flex","service_tier":"priority"')).status).toBe(402)
  expect((await ask('"service_tier":"flex","SERVICE_TIER":"priority"')).status).toBe(402)
})

test('a stream in a tier that is cut is an estimate at the price of that tier', async () => {
  acme.answer = (to) => {
    to.writeHead(200, { 'content-type': 'text/event-stream' })
    const chunk = {
      service_tier: 'priority',
      choices: [{ index: 0, delta: { content: 'x'.repeat(40) }, finish_reason: null }],
    }
    to.write(`data: ${JSON.stringify(chunk)}\n\n`, () => to.destroy())
  }
  const body = { ...BODIES['chat/completions'], stream: true, service_tier: 'priority' }
  const response = await send('chat/completions', body)
  await response.text().catch(() => undefined)
  const row = await rowOf(response.headers.get('x-request-id'))
  expect(row).toMatchObject({ usage_source: 'estimate', output: 10 })
  expect(row.cost).toBe(Number(row['input']) * 4 + 10 * 30)
})

test('a tier without a price that a provider chose by itself is refused from then on where money counts', async () => {
  answerIn('express')
  const body = { ...BODIES['chat/completions'], model: 'acme/chooses' }
  const budget = await money(1_000_000)
  const first = await send('chat/completions', body)
  expect(await rowOf(first.headers.get('x-request-id'))).toMatchObject({ cost: null })
  expect((await send('chat/completions', body)).status).toBe(402)
  answerIn('default')
  expect((await send('chat/completions', { ...body, service_tier: 'default' })).status).toBe(200)
  await expect.poll(() => amounts(budget)).toEqual({ spent: 90, reserved: 0 })
})

test('the call of a lost proxy is estimated in the tier that it asked for', async () => {
  const id = '01900000-0000-7000-8000-000000000001'
  await proxy.database.sql`
    insert into inference_usage (id, account_id, endpoint, requested_model, provider, model, streamed, input_tokens, output_tokens, tags,
      started_at, lease_until)
    values (${id}, ${proxy.ownerId}, 'chat/completions', 'acme/m', 'acme', 'm', false, 20, 5, ${['a', 'tier=priority']},
      now() - interval '1 minute', now() - interval '10 seconds')`
  expect(await rowOf(id)).toMatchObject({ cost: 230, usage_source: 'estimate' })
})

test('a client cannot write the tag of a tier', async () => {
  const response = await proxy.post('chat/completions', BODIES['chat/completions'] ?? {}, {
    'x-alkhub-tags': 'tier=flex',
  })
  expect(response.status).toBe(400)
})

test.each([
  ['responses', 'chatty/m', { service_tier: 'flex' }, { service_tier: 'flex' }, 'flex', 45],
  [
    'responses',
    'claude/m',
    { service_tier: 'default' },
    { service_tier: 'standard_only' },
    'standard',
    90,
  ],
  [
    'messages',
    'chatty/m',
    { service_tier: 'standard_only' },
    { service_tier: 'default' },
    'default',
    90,
  ],
] as const)(
  'a request for %s that is translated for %s asks for the tier and costs what it costs: %j',
  async (path, model, asked, sent, used, cost) => {
    answerIn(used)
    const body = { ...BODIES[path], model, ...asked }
    const response = await send(path, path === 'messages' ? { ...body, messages: SAYS } : body)
    expect([response.status, await response.text()]).toEqual([200, expect.any(String)])
    const last = model === 'claude/m' ? claude.last : acme.last
    expect(JSON.parse(last?.text ?? '{}')).toMatchObject(sent)
    expect(response.headers.get('x-alkhub-warning')).toBeNull()
    expect((await rowOf(response.headers.get('x-request-id'))).cost).toBe(cost)
  },
)

test('a tier that the other protocol does not have is left out with a warning, and the default is charged', async () => {
  answerIn(undefined)
  const response = await send('chat/completions', {
    ...BODIES['chat/completions'],
    messages: SAYS,
    model: 'claude/m',
    service_tier: 'flex',
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-alkhub-warning')).toContain('service_tier')
  expect(claude.last?.text).not.toContain('service_tier')
  expect((await rowOf(response.headers.get('x-request-id'))).cost).toBe(90)
})

test('a region that the other protocol cannot ask for is refused', async () => {
  const sent = acme.requests.length
  const body = { ...BODIES['messages'], messages: SAYS, model: 'chatty/m', inference_geo: 'us' }
  const response = await send('messages', body)
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining('inference_geo'),
  ])
  expect(acme.requests).toHaveLength(sent)
})
