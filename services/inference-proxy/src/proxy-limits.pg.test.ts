import type { RunningService } from '@alkdev/service'
import { setBudget } from '@alkdev/storage/inference'
import type { Budget } from '@alkdev/storage/inference'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { CallLimits } from './limits/call-limits.ts'
import { answerWhole, delta, done, finish, usage, writePrices } from './testing/priced-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'

let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
let replicas: readonly RunningService[]
let key: string
let keyId: string
let current: Handler

beforeAll(async () => {
  upstream = await startTestUpstream()
  prices = await writePrices({ 'acme/m': { input: 2, output: 10 } })
  proxy = await startTestProxy({ inference: { pricesFile: prices.path, maxInFlightPerKey: 200 } })
  replicas = [proxy.service, await proxy.replica(), await proxy.replica()]
  const serve = upstream.serve((answer, request) => current(answer, request))
  await proxy.addProvider('acme', { baseUrl: serve, models: ['m'] })
  await proxy.addProvider('free', { baseUrl: serve, models: ['m'] })
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
  current = (answer) => answerWhole(answer, 'ok', usage(20, 5))
})

/** Sets a budget, and waits until every proxy knows it. */
async function budget(given: Partial<Parameters<typeof setBudget>[1]>): Promise<Budget> {
  const stored = await setBudget(proxy.database.db, {
    subjectType: 'key',
    subjectId: keyId,
    model: '',
    unit: 'tokens',
    period: 'total',
    limitAmount: 1000,
    maxOutputTokens: null,
    createdBy: proxy.ownerId,
    ...given,
  })
  await new Promise((resolve) => setTimeout(resolve, 1050))
  return stored
}

function chat(body: object, at = 0, signal?: AbortSignal): Promise<Response> {
  return fetch(`${replicas[at % 3]?.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'acme/m', messages: [], max_tokens: 10, ...body }),
    ...(signal && { signal }),
  })
}

const amounts = async ({ id }: Budget) => {
  const [row] = await proxy.database.sql<{ spent: number; reserved: number }[]>`
    select spent::int, reserved::int from budgets where id = ${id}`
  return row
}

test('a call over a budget in money is refused with 402 before anything is sent, and one without a price too', async () => {
  let asked = 0
  current = (answer) => {
    asked += 1
    answerWhole(answer, 'ok', usage(20, 5))
  }
  const money = await budget({ unit: 'cost', limitAmount: 100 })
  const refused = await chat({})
  expect(refused.status).toBe(402)
  expect(await refused.json()).toMatchObject({
    error: { code: 'budget_exceeded', param: money.id },
  })
  const unpriced = await chat({ model: 'free/m' })
  expect(unpriced.status).toBe(402)
  expect(await unpriced.json()).toMatchObject({ error: { code: 'model_unpriced' } })
  expect(asked).toBe(0)
  expect(await amounts(money)).toEqual({ spent: 0, reserved: 0 })
})

test('a call without a limit on its output gets the one that was reserved', async () => {
  let seen = ''
  current = (answer, request) => {
    seen = request.text ?? ''
    answerWhole(answer, 'ok', usage(20, 5))
  }
  await budget({ maxOutputTokens: 77 })
  const response = await chat({ max_tokens: undefined })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-alkhub-output-limit')).toBe('77')
  expect(JSON.parse(seen)).toMatchObject({ max_tokens: 77 })
})

test('all answers that a call asks for are reserved, also without a limit on its output and however their number is written', async () => {
  let asked = 0
  current = (answer) => {
    asked += 1
    answerWhole(answer, 'ok', usage(20, 5))
  }
  const tokens = await budget({ limitAmount: 1000, maxOutputTokens: 100 })
  const send = (members: string): Promise<Response> =>
    fetch(`${replicas[0]?.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: `{"model":"acme/m","messages":[],${members}}`,
    })
  for (const n of ['128', '1.28e2', '"128"', '1e400', '1,"n":128']) {
    for (const limit of ['', ',"max_tokens":100']) {
      const refused = await send(`"n":${n}${limit}`)
      expect([n, limit, refused.status]).toEqual([n, limit, 402])
    }
  }
  expect(asked).toBe(0)
  expect(await amounts(tokens)).toEqual({ spent: 0, reserved: 0 })
  // Other values are left to the provider.
  for (const n of ['2', 'null', '{"toString":1}', '-5', '"x"'])
    expect([n, (await send(`"n":${n}`)).status]).toEqual([n, 200])
})

test.each([
  ['requests', 'minute', 1, 'requests a minute'],
  ['tokens', 'minute', 10, 'tokens a minute'],
  ['concurrency', 'total', 0, 'calls in flight'],
] as const)(
  'over a limit of %s a call is refused with 429 and Retry-After',
  async (unit, period, limitAmount, words) => {
    await budget({ unit, period, limitAmount })
    // The first request takes the only place of the minute.
    if (unit === 'requests') await (await chat({})).text()
    const refused = await chat({})
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({
      error: {
        code: 'rate_limited',
        type: 'rate_limit_error',
        message: expect.stringContaining(words),
      },
    })
  },
)

test('with 50 callers on 3 replicas no limit is exceeded by one, and nothing stays reserved after refusals, aborts and cut streams', async () => {
  const tokens = await budget({ limitAmount: 5000 })
  const money = await budget({ unit: 'cost', limitAmount: 12_000 })
  await budget({ unit: 'tokens', period: 'minute', limitAmount: 4000 })
  let inFlight = 0
  let most = 0
  await budget({ unit: 'concurrency', period: 'total', limitAmount: 7 })
  let n = 0
  current = (answer) => {
    inFlight += 1
    most = Math.max(most, inFlight)
    answer.once('close', () => (inFlight -= 1))
    n += 1
    const [input, output] = [20 + (n % 40), n % 10]
    if (n % 5 === 0) return void answer.writeHead(500).end()
    if (n % 5 === 1)
      return void answer
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(delta('1234'), () => answer.destroy())
    if (n % 5 === 2)
      return void answer
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(delta('12') + finish + done)
    return answerWhole(answer, 'ok', usage(input, output))
  }
  const statuses = await Promise.all(
    Array.from({ length: 50 }, async (_, at) => {
      const seen: number[] = []
      for (let round = 0; round < 4; round++) {
        const leave = AbortSignal.timeout((at + round) % 7 === 0 ? 5 : 30_000)
        const streamed = (at + round) % 2 === 0
        // oxlint-disable-next-line no-await-in-loop -- a caller makes one call after the other
        const response = await chat({ stream: streamed }, at, leave).catch(() => undefined)
        seen.push(response?.status ?? 0)
        // oxlint-disable-next-line no-await-in-loop
        await response?.text().catch(() => '')
      }
      return seen
    }),
  )
  expect(statuses.flat()).toContain(429)
  expect(most).toBeLessThanOrEqual(7)
  await expect
    .poll(
      async () =>
        (await proxy.database.sql`select 1 from inference_usage where ended_at is null`).length,
      { timeout: 10_000 },
    )
    .toBe(0)
  const [sum] = await proxy.database.sql<{ tokens: number; micros: number }[]>`
    select sum(input_tokens + output_tokens)::int as tokens, sum(cost_micros)::int as micros
    from inference_usage u join budget_entries e on e.reference_id = u.id where e.budget_id = ${tokens.id}`
  expect(await amounts(tokens)).toEqual({ spent: sum?.tokens, reserved: 0 })
  expect(await amounts(money)).toEqual({ spent: sum?.micros, reserved: 0 })
  expect(sum?.tokens).toBeLessThanOrEqual(4000)
  expect(sum?.micros).toBeLessThanOrEqual(12_000)
})

test.each([
  [true, 'refused'],
  [false, 'let through'],
])('without Redis, and failClosed %s, a call with a limit is %s', async (failClosed, end) => {
  const away = () => Promise.reject(new Error('Redis is unreachable'))
  const limits = new CallLimits({
    redis: { evalsha: away, eval: away },
    prefix: 'test',
    failClosed,
    leaseMs: 1000,
    onError: () => {},
  })
  const limit = {
    id: 'b',
    subjectType: 'key',
    subjectId: 'k',
    model: '',
    unit: 'tokens',
    limitAmount: 1,
    maxOutputTokens: null,
  } as const
  const taken = limits.take([limit], 'call', 50).then(
    () => 'let through',
    (error: { code: string }) => (error.code === 'UNAVAILABLE' ? 'refused' : error.code),
  )
  expect(await taken).toBe(end)
})
