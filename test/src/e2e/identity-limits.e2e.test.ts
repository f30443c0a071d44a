import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'

let hub: TestStack

beforeAll(async () => {
  hub = await startTestStack({
    limits: { requestsPerMinute: { key: 4, account: 6 }, requestsPerDay: { account: 100 } },
  })
})
afterAll(() => hub?.[Symbol.asyncDispose]())

test('a key over its limit is refused by every service until its time has come, and the headers say so', async () => {
  const user = await hub.createKey(['inference:use'])
  const list = () => ask(hub, 'GET', '/api/operations?limit=1', { key: user.key })
  const models = () =>
    fetch(`${hub.inference}/v1/models`, { headers: { authorization: `Bearer ${user.key}` } })
  const first = await list()
  expect(first.status).toBe(200)
  expect(first.headers.get('x-ratelimit-limit')).toBe('4')
  expect(first.headers.get('x-ratelimit-remaining')).toBe('3')
  expect(first.headers.get('x-ratelimit-reset')).toBe('15')
  expect(first.headers.get('ratelimit-policy')).toBe(
    '"key-minute";q=4;w=60, "account-day";q=100;w=86400',
  )
  expect(first.headers.get('ratelimit')).toMatch(
    /^"key-minute";r=3;t=15, "account-day";r=99;t=\d+$/,
  )
  const second = await models()
  expect(second.status).toBe(200)
  expect(second.headers.get('x-ratelimit-remaining-requests')).toBe('2')
  await list()
  await list()
  const over = await list()
  expect(over.status).toBe(429)
  expect(over.body).toMatchObject({
    code: 'RATE_LIMITED',
    details: { of: 'key', id: user.keyId, window: 'minute', limit: 4 },
  })
  // Four requests a minute: the next one is admitted within 15 seconds.
  expect(over.headers.get('retry-after')).toMatch(/^(?:[1-9]|1[0-5])$/)
  const refused = await models()
  expect(refused.status).toBe(429)
  expect(await refused.json()).toMatchObject({ error: { type: 'rate_limit_error' } })
  expect(refused.headers.get('retry-after')).toMatch(/^(?:[1-9]|1[0-5])$/)
  const other = await hub.createKey([], user.accountId)
  const statuses = []
  for (let at = 0; at < 3; at += 1)
    statuses.push((await ask(hub, 'GET', '/api/operations?limit=1', { key: other.key })).status)
  expect(statuses).toEqual([200, 200, 429])
  const otherAccount = await hub.createKey([])
  expect((await ask(hub, 'GET', '/api/operations', { key: otherAccount.key })).status).toBe(200)
})
