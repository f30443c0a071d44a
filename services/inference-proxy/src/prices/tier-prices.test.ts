import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NO_TOKENS } from '../usage/usage.ts'
import { readCatalog } from './catalog.ts'
import { chargeOf, worstChargeOf } from './charge.ts'
import { PriceTable } from './price-table.ts'
import { askedTiers, mergeTiers, tiersOfTags, tierTags, usedTiers } from './tier-names.ts'

const at = new Date('2026-11-28T12:00:00Z')
const tokens = { ...NO_TOKENS, input: 1000, cacheRead: 200, output: 100 }
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alkhub-tiers-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const openai = { name: 'oa', baseUrl: 'https://api.openai.com/v1' }
const anthropic = { name: 'an', baseUrl: 'https://api.anthropic.com/v1' }

async function tableWith(file: object): Promise<PriceTable> {
  const path = join(folder, 'prices.json')
  await writeFile(path, JSON.stringify({ version: 'mine', models: {}, ...file }))
  return PriceTable.open(path)
}

const charged = (
  table: PriceTable,
  model: string,
  asked: object,
  answer: object,
  provider = openai,
): readonly [number | null, string] => {
  const tiers = { asked: askedTiers({ ...asked }), used: usedTiers(answer) }
  const { micros, names } = chargeOf(table, { provider, model, at }, tiers, tokens)
  return [micros, names.join('+')]
}

const worst = (table: PriceTable, model: string, asked: object, provider = openai) =>
  worstChargeOf(
    table,
    { provider, model, at },
    table.of(provider, model, at).prices,
    askedTiers({ ...asked }),
    2000,
    100,
  ).micros

test('the tier that the answer names counts, whatever was asked for', () => {
  const table = new PriceTable(readCatalog())
  const [whole] = charged(table, 'gpt-5', {}, {})
  expect(whole).toBe(1000 * 1.25 + 200 * 0.125 + 100 * 10)
  const flex = { service_tier: 'flex' }
  expect(charged(table, 'gpt-5', flex, flex)).toEqual([Math.round((whole ?? 0) / 2), 'flex'])
  expect(charged(table, 'gpt-5', flex, { service_tier: 'default' })).toEqual([whole, ''])
  expect(charged(table, 'gpt-5', {}, flex)).toEqual([Math.round((whole ?? 0) / 2), 'flex'])
})

test('a tier without a known price costs null, and one that the operator names what the file says', async () => {
  const priority = { service_tier: 'priority' }
  expect(charged(new PriceTable(readCatalog()), 'gpt-5', priority, priority)).toEqual([
    null,
    'priority',
  ])
  const table = await tableWith({
    tiers: {
      'oa/*': { priority: 2, scale: 0 },
      'oa/gpt-5-mini': { priority: { input: 0.45, cacheRead: 0.045, output: 3.6 } },
    },
  })
  expect(charged(table, 'gpt-5', priority, priority)).toEqual([4550, 'priority'])
  expect(charged(table, 'gpt-5-mini', priority, priority)).toEqual([819, 'priority'])
  // OpenAI answers `priority` to `fast`.
  expect(charged(table, 'gpt-5', { service_tier: 'fast' }, {})).toEqual([4550, 'priority'])
  expect(charged(table, 'gpt-5', {}, { service_tier: 'scale' })).toEqual([0, 'scale'])
})

test('an answer without a tier counts as the dearest that the request may have been served in', async () => {
  const table = await tableWith({ tiers: { 'oa/*': { priority: 2 } } })
  expect(charged(table, 'gpt-5', { service_tier: 'flex' }, {})).toEqual([2275, ''])
  expect(charged(table, 'gpt-5', { service_tier: 'priority' }, {})).toEqual([4550, 'priority'])
  expect(charged(table, 'gpt-5', { service_tier: 'new' }, {})).toEqual([null, 'new'])
  // Most providers name no tier, and serve in none.
  expect(charged(table, 'gpt-5', {}, {})).toEqual([2275, ''])
})

test('speed and place of a message multiply the price of its tier', () => {
  const table = new PriceTable(readCatalog())
  const used = (more: object) => ({ usage: { service_tier: 'standard', ...more } })
  const cost = (asked: object, more: object) =>
    charged(table, 'claude-sonnet-5', asked, used(more), anthropic)
  const [whole] = cost({}, { inference_geo: 'global', speed: 'standard' })
  expect(cost({}, { inference_geo: 'us' })).toEqual([
    Math.round((whole ?? 0) * 1.1),
    'inference_geo:us',
  ])
  expect(cost({ speed: 'fast' }, { speed: 'fast' })).toEqual([null, 'speed:fast'])
  expect(cost({ speed: 'fast' }, { speed: 'standard' })).toEqual([whole, ''])
  expect(cost({}, { service_tier: 'batch', inference_geo: 'us' })).toEqual([
    Math.round((whole ?? 0) * 0.55),
    'batch+inference_geo:us',
  ])
})

test('the worst case is that of the dearest tier that the request may get', async () => {
  const table = await tableWith({ tiers: { 'oa/*': { priority: 2.5 } } })
  const whole = worst(table, 'gpt-5', { service_tier: 'default' }) ?? 0
  expect(worst(table, 'gpt-5', {})).toBe(whole * 2.5)
  expect(worst(table, 'gpt-5', { service_tier: 'auto' })).toBe(whole * 2.5)
  expect(worst(table, 'gpt-5', { service_tier: 'flex' })).toBe(whole)
  expect(worst(table, 'gpt-5', { service_tier: 'priority' })).toBe(whole * 2.5)
  expect(worst(table, 'gpt-5', { service_tier: 'unheard' })).toBeNull()
  const claude = (asked: object) => worst(table, 'claude-sonnet-5', asked, anthropic) ?? 0
  expect(claude({})).toBe(Math.ceil(claude({ inference_geo: 'global' }) * 1.1))
})

test.each([{ service_tier: 7 }, { service_tier: ' Priority ' }, { service_tier: 'x'.repeat(40) }])(
  'a tier that is written otherwise never makes the worst case cheaper: %j',
  async (asked) => {
    const table = await tableWith({ tiers: { 'oa/*': { priority: 2 } } })
    const micros = worst(table, 'gpt-5', asked)
    expect(micros === null || micros > (worst(table, 'gpt-5', { service_tier: 'flex' }) ?? 0)).toBe(
      true,
    )
  },
)

test('whatever tier is asked for and answered, the cost is within the worst case, or has none', async () => {
  const table = await tableWith({ tiers: { 'oa/*': { priority: 2, cheap: 0.1 } } })
  const names = ['default', 'auto', 'flex', 'priority', 'fast', 'cheap', 'unheard', undefined]
  const isDear = (name: string | undefined) => name === 'priority' || name === 'fast'
  const costs = names.flatMap((asked) => {
    const most = worst(table, 'gpt-5', { service_tier: asked }) ?? Infinity
    return (
      names
        // A provider that answers in a dearer tier than the request allows breaks its word.
        .filter((name) => asked === undefined || asked === 'auto' || !isDear(name) || isDear(asked))
        .map((name) => charged(table, 'gpt-5', { service_tier: asked }, { service_tier: name }))
        .map(([cost]) => most - (cost ?? 0))
    )
  })
  expect(costs.length).toBeGreaterThan(40)
  expect(Math.min(...costs)).toBeGreaterThanOrEqual(0)
})

test('a tier without a price that a provider chose by itself is expected from then on', () => {
  const table = new PriceTable(readCatalog())
  expect(worst(table, 'gpt-5', {})).toBeGreaterThan(0)
  expect(charged(table, 'gpt-5', {}, { service_tier: 'priority' })).toEqual([null, 'priority'])
  expect(worst(table, 'gpt-5', {})).toBeNull()
  expect(worst(table, 'gpt-5', { service_tier: 'default' })).toBeGreaterThan(0)
  expect(worst(table, 'gpt-5-mini', {})).toBeGreaterThan(0)
})

test('prices for long inputs change with the tier', () => {
  const table = new PriceTable(readCatalog())
  const long = { ...NO_TOKENS, input: 300_000, output: 10 }
  const cost = (used: object) =>
    chargeOf(
      table,
      { provider: openai, model: 'gpt-5.5', at },
      { asked: undefined, used: usedTiers(used) },
      long,
    ).micros ?? 0
  expect(cost({ service_tier: 'flex' })).toBe(Math.round(cost({}) / 2))
})

test('tiers are read where each protocol has them', () => {
  const tiers = (data: unknown) => usedTiers(data)?.service
  expect(tiers({ choices: [], service_tier: 'flex' })).toBe('flex')
  expect(tiers({ type: 'response.completed', response: { service_tier: 'priority' } })).toBe(
    'priority',
  )
  expect(tiers({ type: 'message_start', message: { usage: { service_tier: 'priority' } } })).toBe(
    'priority',
  )
  expect(tiers({ usage: { service_tier: 'standard' } })).toBe('default')
  for (const said of [null, 'auto']) expect(usedTiers({ service_tier: said })).toBeUndefined()
  expect(usedTiers('[DONE]')).toBeUndefined()
  const merged = mergeTiers(usedTiers({ usage: { inference_geo: 'us' } }), { service: 'flex' })
  expect(merged).toEqual({ service: 'flex', speed: undefined, geo: 'inference_geo:us' })
  // The speed of audio.
  expect(askedTiers({ speed: 1.25 })).toBeUndefined()
})

test('tags keep the tiers of a call', () => {
  const asked = askedTiers({ service_tier: 'flex', speed: 'fast', inference_geo: 'us' })
  expect(tierTags(asked)).toEqual(['tier=flex', 'tier=speed:fast', 'tier=inference_geo:us'])
  expect(tiersOfTags([...tierTags(asked), 'team'])).toEqual(asked)
  expect(tierTags(askedTiers({ service_tier: 'default' }))).toEqual([])
  expect(tiersOfTags(['team'])).toBeUndefined()
})

test.each([
  ['{"oa/*":{"Priority":2}}', '/tiers'],
  ['{"oa/*":{"priority":-1}}', '/tiers'],
  ['{"oa/*":{"priority":{"output":1}}}', '/tiers'],
  ['{"oa/*":{"priority":{"input":1,"more":1}}}', '/tiers'],
])('tiers that do not fit stop the start and say where: %s', async (tiers, where) => {
  await expect(tableWith({ tiers: JSON.parse(tiers) as object })).rejects.toThrow(where)
})
