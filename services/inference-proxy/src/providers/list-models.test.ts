import type { Identity } from '@alkdev/operations'
import { Agent } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PriceTable } from '../prices/price-table.ts'
import { startTestUpstream } from '../testing/test-upstream.ts'
import type { Handler, TestUpstream } from '../testing/test-upstream.ts'
import { ModelList } from './list-models.ts'
import type { KnownProvider } from './provider.ts'

const caller: Identity = { id: 'ada', scopes: [], orgIds: ['lab'] }
const agent = new Agent()
const prices = new PriceTable({ version: '1', providers: [] })
let upstream: TestUpstream

beforeAll(async () => void (upstream = await startTestUpstream()))
afterAll(async () => {
  await agent.close()
  await upstream[Symbol.asyncDispose]()
})

function provider(name: string, config: object, more: object = {}): [string, KnownProvider] {
  return [
    name,
    {
      id: name,
      name,
      ownerId: 'ada',
      orgId: null,
      key: undefined,
      keys: [],
      config,
      ...more,
    } as never,
  ]
}

function answering(body: unknown, status = 200): string {
  const handler: Handler = (answer) => answer.writeHead(status).end(JSON.stringify(body))
  return upstream.serve(handler)
}

const idsOf = async (
  providers: readonly [string, KnownProvider][],
  aliases: Record<string, string[]> = {},
) =>
  (await new ModelList(agent, prices).of(caller, new Map(providers), aliases)).map(({ id }) => id)

test('models of the config and of providers are listed by provider and sorted, with the aliases', async () => {
  const asked = answering({ data: [{ id: 'small' }, { id: 'large' }, { noId: true }] })
  const ids = await idsOf(
    [provider('b', { models: ['one'], baseUrl: '' }), provider('a', { baseUrl: asked })],
    { best: ['a/large'] },
  )
  expect(ids).toEqual(['a/large', 'a/small', 'b/one', 'best'])
})

test('a caller sees the providers of its account and its organizations only, and no alias without a provider', async () => {
  const config = { models: ['m'], baseUrl: '' }
  const others = provider('others', config, { ownerId: 'bob' })
  const lab = provider('lab', config, { ownerId: 'bob', orgId: 'lab' })
  const left = provider('left', config, { orgId: 'former' })
  expect(await idsOf([others, lab, left])).toEqual(['lab/m'])
  expect(await idsOf([others, left], { best: ['others/m'] })).toEqual([])
})

test.each([
  ['answers with an error', () => ({ baseUrl: answering({}, 500) })],
  ['answers without JSON', () => ({ baseUrl: upstream.serve((answer) => answer.end('<html>')) })],
  ['is unreachable', () => ({ baseUrl: 'http://127.0.0.1:1/v1' })],
])('a provider that %s is omitted, and the others are listed', async (_, config) => {
  expect(await idsOf([provider('bad', config()), provider('good', { models: ['m'] })])).toEqual([
    'good/m',
  ])
})

test('a broken provider is omitted', async () => {
  expect(await idsOf([provider('bad', { models: ['m'] }, { broken: 'no key' })])).toEqual([])
})

test('a provider is queried once for concurrent and later lists, and again after a failure', async () => {
  let requests = 0
  const baseUrl = upstream.serve((answer) => {
    requests += 1
    if (requests === 1) answer.writeHead(503).end()
    else answer.end(JSON.stringify({ data: [{ id: 'm' }] }))
  })
  const list = new ModelList(agent, prices)
  const providers = new Map([provider('p', { baseUrl })])
  const ids = async () => (await list.of(caller, providers, {})).map(({ id }) => id)
  expect(await ids()).toEqual([])
  expect(await Promise.all([ids(), ids()])).toEqual([['p/m'], ['p/m']])
  expect(await ids()).toEqual(['p/m'])
  expect(requests).toBe(2)
})
