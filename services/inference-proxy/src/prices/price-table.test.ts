import { readFile, writeFile } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { calcPrice } from '@pydantic/genai-prices'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NO_TOKENS } from '../usage/usage.ts'
import { readCatalog } from './catalog.ts'
import { costMicros, worstMicros } from './cost.ts'
import { PriceTable } from './price-table.ts'
import { compileCatalog } from '../testing/price-source.ts'

const at = new Date('2026-11-28T12:00:00Z')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-prices-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const openai = { name: 'acme', baseUrl: 'https://api.openai.com/v1' }
const pricesOf = (baseUrl: string, model: string) =>
  new PriceTable(readCatalog()).of({ name: 'acme', baseUrl }, model, at).prices ?? {}

test('the catalog is what the installed package compiles to', async () => {
  const stored = await readFile(new URL('catalog.json', import.meta.url), 'utf8')
  expect(stored === (await compileCatalog())).toBe(true)
})

test('the example of requirement 17 costs 0.184918 dollars', () => {
  const prices = { input: 1_250_000, cacheRead: 625_000, output: 10_000_000 }
  const tokens = { ...NO_TOKENS, input: 262_960 - 257_955, cacheRead: 257_955, output: 1744 }
  expect(costMicros(prices, tokens)).toBe(184_918)
})

test.each([
  ['https://api.openai.com/v1', 'openai', 'gpt-4o', { input: 1000, cacheRead: 500, output: 77 }],
  [
    'https://api.anthropic.com',
    'anthropic',
    'claude-sonnet-5',
    { input: 10, cacheRead: 2000, cacheWrite5m: 300, cacheWrite1h: 40, output: 5 },
  ],
  [
    'https://generativelanguage.googleapis.com/v1beta/openai',
    'google',
    'gemini-2.5-pro',
    { input: 150_000, cacheRead: 100_000, output: 900 },
  ],
  [
    'https://generativelanguage.googleapis.com/v1beta/openai',
    'google',
    'gemini-2.5-pro',
    { input: 150_000, output: 900 },
  ],
])(
  'a request to %s costs what the package of the prices computes (%s, %s)',
  (baseUrl, providerId, model, used) => {
    const tokens = { ...NO_TOKENS, ...used }
    const { input, cacheRead, cacheWrite5m, cacheWrite1h, output } = tokens
    const theirs = calcPrice(
      {
        input_tokens: input + cacheRead + cacheWrite5m + cacheWrite1h,
        cache_read_tokens: cacheRead,
        cache_write_tokens: cacheWrite5m + cacheWrite1h,
        cache_write_1h_tokens: cacheWrite1h,
        output_tokens: output,
      },
      model,
      { providerId, timestamp: at },
    )
    const micros = costMicros(pricesOf(baseUrl, model), tokens) ?? -1
    expect(Math.abs(micros - (theirs?.total_price ?? 0) * 1e6)).toBeLessThan(1)
  },
)

test('the worst cost is never below the cost of what it allows', () => {
  const tiered = pricesOf('https://generativelanguage.googleapis.com/v1', 'gemini-2.5-pro')
  const claude = pricesOf('https://api.anthropic.com', 'claude-sonnet-5')
  for (const prices of [tiered, claude])
    for (const total of [1, 7, 199_999, 200_001, 262_960])
      for (const of of [
        'input',
        'cacheRead',
        'cacheWrite5m',
        'cacheWrite1h',
        'audioInput',
      ] as const) {
        const cost = costMicros(prices, { ...NO_TOKENS, [of]: total, reasoning: 3, output: 4 })
        expect(worstMicros(prices, total, 7)).toBeGreaterThanOrEqual(cost ?? Infinity)
      }
})

test('a model that is not known has no price, and not the price zero', () => {
  const table = new PriceTable(readCatalog())
  expect(table.of(openai, 'no-such-model', at).prices).toBeUndefined()
  const elsewhere = { name: 'acme', baseUrl: 'https://models.example.org/v1' }
  expect(table.of(elsewhere, 'gpt-4o', at).prices).toBeUndefined()
  expect(costMicros({ input: 1 }, { ...NO_TOKENS, output: 1 })).toBeNull()
})

test("the operator's file wins, and its version is part of that of the table", async () => {
  const file = join(folder, 'prices.json')
  const models = {
    'acme/gpt-4o': { input: 0.1, output: 0.2, contextWindow: 9 },
    'acme/*': { input: 3 },
  }
  await writeFile(file, JSON.stringify({ version: 'mine-1', models }))
  const table = PriceTable.open(file)
  expect(table.version).toMatch(/^genai-prices-[\d.]+\+mine-1$/)
  expect(table.of(openai, 'gpt-4o', at)).toMatchObject({
    prices: { input: 100_000, output: 200_000 },
    contextWindow: 9,
  })
  expect(table.of(openai, 'other', at).prices).toEqual({ input: 3_000_000 })
})

test.each([
  ['{', 'cannot be read as JSON'],
  ['{"version":"1","models":{"a/b":{"input":-1}}}', '/models/a~1b/input'],
])('a price file that does not fit stops the start and says where: %s', async (text, where) => {
  const file = join(folder, 'wrong.json')
  await writeFile(file, text)
  expect(() => PriceTable.open(file)).toThrow(where)
})
