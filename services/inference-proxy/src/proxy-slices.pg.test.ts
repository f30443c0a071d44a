import type { RunningService } from '@alkdev/service'
import { deleteBudget, setBudget } from '@alkdev/storage/inference'
import type { Budget } from '@alkdev/storage/inference'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerWhole, delta, done, finish, usage, writePrices } from './testing/priced-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'

const CALLERS = 50
let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
let replicas: readonly RunningService[]
let key: string
let keyId: string
let current: Handler

beforeAll(async () => {
  upstream = await startTestUpstream()
  prices = await writePrices({
    'acme/m': { input: 2, output: 10 },
    'acme/gold': { input: 1_000_000, output: 1_000_000 },
  })
  proxy = await startTestProxy({
    // A breaker that answers that misbehave have opened would keep calls of the next test from the provider, which a budget of requests does not count then.
    inference: { pricesFile: prices.path, maxInFlightPerKey: 200, breakerFailures: 0 },
  })
  replicas = [proxy.service, await proxy.replica(), await proxy.replica()]
  const serve = upstream.serve((answer, request) => current(answer, request))
  await proxy.addProvider('acme', { baseUrl: serve, models: ['m', 'gold'] })
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
  current = (answer) => answerWhole(answer, 'ok', usage(WORST_INPUT, 10))
})

const body = JSON.stringify({ model: 'acme/m', messages: [], max_tokens: 10 })
/** The most tokens of a call: each byte of its body may be one. The provider reports as many. */
const WORST_INPUT = Buffer.byteLength(body)
const WORST_TOKENS = WORST_INPUT + 10
const WORST_MICROS = WORST_INPUT * 2 + 10 * 10

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

function chat(at: number, members: object = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${replicas[at % 3]?.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body:
      Object.keys(members).length === 0
        ? body
        : JSON.stringify({ model: 'acme/m', messages: [], max_tokens: 10, ...members }),
    ...(signal && { signal }),
  })
}

const amounts = async ({ id }: Budget) => {
  const [row] = await proxy.database.sql<
    { spent: number; reserved: number; sliced: number }[]
  >`select spent::int, reserved::int, sliced::int from budgets where id = ${id}`
  return row
}

/** Looks at the budgets again and again until it is ended: whether one was ever exceeded, and the most that was in slices of each. */
function watch(): { end(): Promise<{ exceeded: number; sliced: number }> } {
  const over = new AbortController()
  let [exceeded, sliced] = [0, 0]
  const looking = (async () => {
    while (!over.signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      const rows = await proxy.database.sql<{ over: boolean; sliced: number }[]>`
        select spent + reserved + sliced > limit_amount as over, sliced::int from budgets`
      for (const row of rows) {
        if (row.over) exceeded += 1
        sliced = Math.max(sliced, row.sliced)
      }
    }
  })()
  return {
    async end() {
      over.abort()
      await looking
      return { exceeded, sliced }
    },
  }
}

/** Each caller makes calls until one is refused, or it has made `rounds`. Gives all statuses. */
async function callAll(
  rounds: number,
  call: (at: number, round: number) => Promise<number>,
): Promise<readonly number[]> {
  const all = await Promise.all(
    Array.from({ length: CALLERS }, async (_, at) => {
      const seen: number[] = []
      for (let round = 0; round < rounds && !seen.includes(402); round++)
        // oxlint-disable-next-line no-await-in-loop -- a caller makes one call after the other
        seen.push(await call(at, round))
      return seen
    }),
  )
  return all.flat()
}

const statusOf = async (at: number): Promise<number> => {
  const response = await chat(at)
  await response.text()
  return response.status
}

test.each([
  ['requests', 1],
  ['tokens', WORST_TOKENS],
  ['cost', WORST_MICROS],
] as const)(
  'of 50 callers on 3 replicas exactly as many calls get through as a budget of %s has room for',
  async (unit, worst) => {
    const room = 1000
    // One less than one more call needs.
    const limited = await budget({ unit, limitAmount: worst * room + (worst - 1) })
    const watched = watch()
    const statuses = await callAll(room, (at) => statusOf(at))
    const { exceeded, sliced } = await watched.end()
    expect(exceeded).toBe(0)
    expect(sliced).toBeGreaterThan(0)
    expect(new Set(statuses)).toEqual(new Set([200, 402]))
    expect(statuses.filter((status) => status === 200)).toHaveLength(room)
    await expect
      .poll(() => amounts(limited), { timeout: 30_000 })
      .toEqual({ spent: worst * room, reserved: 0, sliced: 0 })
  },
  120_000,
)

test('slices are used, of several budgets in one call, and nothing stays in them or reserved after refusals, aborts, and cut streams', async () => {
  const tokens = await budget({ limitAmount: 200_000 })
  const money = await budget({ unit: 'cost', limitAmount: 1_000_000 })
  const account = await budget({
    ...{ subjectType: 'account', subjectId: proxy.ownerId, unit: 'requests', period: 'day' },
    limitAmount: 900,
  })
  const model = await budget({ subjectType: 'model', subjectId: 'acme/m', limitAmount: 300_000 })
  let n = 0
  current = (answer) => {
    n += 1
    if (n % 5 === 0) return void answer.writeHead(400).end()
    if (n % 5 === 1)
      return void answer
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(delta('1234'), () => answer.destroy())
    if (n % 5 === 2)
      return void answer
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(delta('12') + finish + done)
    return answerWhole(answer, 'ok', usage(20 + (n % 40), n % 10))
  }
  const watched = watch()
  await callAll(12, async (at, round) => {
    const leave = AbortSignal.timeout((at + round) % 7 === 0 ? 5 : 30_000)
    const response = await chat(at, { stream: (at + round) % 2 === 0 }, leave).catch(
      () => undefined,
    )
    await response?.text().catch(() => '')
    return response?.status ?? 0
  })
  const { exceeded, sliced } = await watched.end()
  expect(exceeded).toBe(0)
  expect(sliced).toBeGreaterThan(0)
  await expect
    .poll(
      async () =>
        (await proxy.database.sql`select 1 from inference_usage where ended_at is null`).length,
      { timeout: 30_000 },
    )
    .toBe(0)
  const [sum] = await proxy.database.sql<{ tokens: number; micros: number; requests: number }[]>`
    select sum(input_tokens + output_tokens)::int as tokens, sum(cost_micros)::int as micros,
      count(*) filter (where attempts > 0)::int as requests
    from inference_usage u join budget_entries e on e.reference_id = u.id where e.budget_id = ${tokens.id}`
  const left = { reserved: 0, sliced: 0 }
  for (const [limited, spent] of [
    [tokens, sum?.tokens],
    [money, sum?.micros],
    [account, sum?.requests],
    [model, sum?.tokens],
  ] as const)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect.poll(() => amounts(limited), { timeout: 30_000 }).toEqual({ ...left, spent })
}, 120_000)

test('a budget that is raised gives room at once, one that is lowered or deleted while slices are out counts as it is then', async () => {
  const limited = await budget({ unit: 'requests', limitAmount: 10_000 })
  let calls = 0
  const inSlices = async (): Promise<number | undefined> => {
    calls += 1
    expect(await statusOf(0)).toBe(200)
    return (await amounts(limited))?.sliced
  }
  await expect.poll(inSlices, { timeout: 30_000 }).toBeGreaterThan(0)
  await budget({ unit: 'requests', limitAmount: calls })
  await expect
    .poll(() => amounts(limited), { timeout: 30_000 })
    .toEqual({ spent: calls, reserved: 0, sliced: 0 })
  expect(await statusOf(0)).toBe(402)
  await budget({ unit: 'requests', limitAmount: calls + 3 })
  expect(await Promise.all([0, 1, 2, 0].map((at) => statusOf(at)))).toEqual(
    expect.arrayContaining([200, 200, 200, 402]),
  )
  await deleteBudget(proxy.database.db, limited.id)
  await new Promise((resolve) => setTimeout(resolve, 1050))
  expect(await statusOf(1)).toBe(200)
})

test('the slices of a process that ends come back at once', async () => {
  const limited = await budget({ unit: 'requests', limitAmount: 10_000 })
  const more = await proxy.replica()
  const call = (): Promise<Response> =>
    fetch(`${more.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    })
  await expect
    .poll(
      async () => {
        await (await call()).text()
        return (await amounts(limited))?.sliced
      },
      { timeout: 30_000 },
    )
    .toBeGreaterThan(0)
  await more.stop(1000)
  expect(await amounts(limited)).toMatchObject({ reserved: 0, sliced: 0 })
})

test('a call whose worst case is beyond the numbers of PostgreSQL is refused, and the process keeps its slices', async () => {
  const limited = await budget({ unit: 'cost', limitAmount: 1_000_000_000 })
  const holders = async (): Promise<readonly string[]> => {
    const rows = await proxy.database.sql<{ holder_id: string }[]>`
      select holder_id from budget_slices where budget_id = ${limited.id} and amount > 0`
    return rows.map((row) => row.holder_id)
  }
  const used = async (): Promise<number> => {
    await statusOf(0)
    return (await holders()).length
  }
  await expect.poll(used, { timeout: 30_000 }).toBe(1)
  const before = await holders()
  const most = { model: 'acme/gold', max_tokens: 999_999_999, n: 1_000_000 }
  for (const members of [most, { ...most, n: 1 }, most]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const response = await chat(0, members)
    // oxlint-disable-next-line no-await-in-loop
    expect([response.status, await response.json()]).toMatchObject([
      402,
      { error: { code: 'budget_exceeded' } },
    ])
  }
  await expect.poll(used, { timeout: 30_000 }).toBe(1)
  expect(await holders()).toEqual(before)
})
