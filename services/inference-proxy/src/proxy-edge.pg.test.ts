import type { ServerResponse } from 'node:http'
import type { RunningService } from '@alkdev/service'
import { setBudget } from '@alkdev/storage/inference'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerWhole, usage, writePrices } from './testing/priced-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'

const CALLERS = 50
/** Calls that a limit has room for. */
const ROOM = 9
/** What each call is held for until all callers have sent theirs. */
let held: ServerResponse[] = []
/** Calls that come later are the second request of a call whose connection was closed: it is closed as well. */
let isOver = false
let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
let replicas: readonly RunningService[]
let key: string
let keyId: string

beforeAll(async () => {
  upstream = await startTestUpstream()
  prices = await writePrices({ 'acme/m': { input: 2, output: 10 } })
  proxy = await startTestProxy({ inference: { pricesFile: prices.path, maxInFlightPerKey: 200 } })
  replicas = [proxy.service, await proxy.replica(), await proxy.replica()]
  const serve = upstream.serve((answer) => void (isOver ? answer.destroy() : held.push(answer)))
  await proxy.addProvider('acme', { baseUrl: serve, models: ['m'] })
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
  held = []
  isOver = false
  await proxy.database.sql`delete from budgets`
})

const body = JSON.stringify({ model: 'acme/m', messages: [], max_tokens: 10 })
/** The most tokens of a call: each byte of its body may be one. */
const WORST_TOKENS = Buffer.byteLength(body) + 10
const WORST_MICROS = Buffer.byteLength(body) * 2 + 10 * 10

test.each([
  ['requests', 'total', 1],
  ['requests', 'minute', 1],
  ['tokens', 'total', WORST_TOKENS],
  ['tokens', 'minute', WORST_TOKENS],
  ['cost', 'total', WORST_MICROS],
  ['concurrency', 'total', 1],
] as const)(
  'of 50 callers on 3 replicas at once, exactly as many get through as a limit of %s (%s) has room for',
  async (unit, period, worst) => {
    // One less than one more call needs.
    const limitAmount = worst * ROOM + (worst - 1)
    const { id } = await setBudget(proxy.database.db, {
      ...{ subjectType: 'key', subjectId: keyId, model: '', unit, period, limitAmount },
      ...{ maxOutputTokens: null, createdBy: proxy.ownerId },
    })
    // Each proxy reads the budgets once a second.
    await new Promise((resolve) => setTimeout(resolve, 1050))
    let refused = 0
    const asked = Array.from({ length: CALLERS }, async (_, at) => {
      const response = await fetch(`${replicas[at % 3]?.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body,
      })
      if (response.status !== 200) refused += 1
      await response.text()
      return response.status
    })
    await expect.poll(() => refused + held.length, { timeout: 20_000 }).toBe(CALLERS)
    expect([held.length, refused]).toEqual([ROOM, CALLERS - ROOM])
    isOver = true
    for (const [at, answer] of held.entries())
      if (at % 3 === 0) answer.destroy()
      else answerWhole(answer, 'ok', usage(20, 5))
    const statuses = await Promise.all(asked)
    const isCounted = period === 'minute' || unit === 'concurrency'
    expect(statuses.filter((status) => status === (isCounted ? 429 : 402))).toHaveLength(
      CALLERS - ROOM,
    )
    if (isCounted) return
    const reserved = async () => {
      const [row] = await proxy.database.sql<{ reserved: number; ok: boolean }[]>`
        select reserved::int, spent <= limit_amount as ok from budgets where id = ${id}`
      return row
    }
    await expect.poll(reserved, { timeout: 10_000 }).toEqual({ reserved: 0, ok: true })
  },
)
