import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { RANGE_LENGTH, rangeOf, ResultStore } from './result-store.ts'
import { shortenResult } from './shorten-result.ts'

const ada = { id: 'ada', scopes: [] } as unknown as Identity
const bob = { id: 'bob', scopes: [] } as unknown as Identity

/** A store over a map instead of Redis, and how long its entries are kept. */
function setUp() {
  const entries = new Map<string, string>()
  const seconds: number[] = []
  const store = new ResultStore(
    {
      async incr(key) {
        const next = Number(entries.get(key) ?? 0) + 1
        entries.set(key, String(next))
        return next
      },
      expire: async () => 1,
      get: async (key) => entries.get(key) ?? null,
      async set(key, value, _unit, kept) {
        entries.set(key, value)
        seconds.push(kept)
      },
    },
    'hub-a',
  )
  return { store, entries, seconds }
}

test('a long text is cut, and its ranges together are the whole text (F8)', async () => {
  const { store, seconds } = setUp()
  const whole = 'a\u{1F600}'.repeat(60_000)
  const result = await shortenResult(store, ada, {
    content: [{ type: 'text', text: whole }],
    structuredContent: { whole },
  })
  expect(result.structuredContent).toBeUndefined()
  const [first, sentence, link] = result.content as { text?: string; uri?: string }[]
  expect(sentence?.text).toContain(`resources/read of ${link?.uri}`)
  let text = first?.text ?? ''
  let uri = link?.uri
  while (uri !== undefined) {
    const range = await store.read(ada, uri)
    text += range?.text ?? ''
    uri =
      range?.nextOffset === undefined ? undefined : uri.replace(/\d+$/, String(range.nextOffset))
  }
  expect(text).toBe(whole)
  expect(seconds).toEqual([600])
})

test('a kept text is read by the key that got it alone, not by another key of its account', async () => {
  const { store } = setUp()
  const uri = (await store.keep({ ...ada, keyId: 'one' }, 'secret')) ?? ''
  expect(await store.read({ ...ada, keyId: 'one' }, uri)).toEqual({ text: 'secret', total: 6 })
  expect(await store.read({ ...ada, keyId: 'two' }, uri)).toBeUndefined()
  expect(await store.read(ada, uri)).toBeUndefined()
  expect(await store.read({ ...bob, keyId: 'one' }, uri)).toBeUndefined()
})

test('a result that is short, or too long to be kept, stays as it is', async () => {
  const { store } = setUp()
  for (const length of [RANGE_LENGTH, 5 * 1024 * 1024]) {
    const result = { content: [{ type: 'text' as const, text: 'x'.repeat(length) }] }
    expect(await shortenResult(store, ada, result)).toBe(result)
  }
})

test('a result stays whole when its text cannot be kept', async () => {
  const result = { content: [{ type: 'text' as const, text: 'x'.repeat(RANGE_LENGTH + 1) }] }
  const keep = (): Promise<string> => Promise.reject(new Error('no Redis'))
  expect(await shortenResult({ keep }, ada, result)).toBe(result)
})

test('another caller does not read a result, nor does a wrong or old URI', async () => {
  const { store } = setUp()
  const uri = (await store.keep(ada, 'secret')) ?? ''
  expect(await store.read(ada, uri)).toEqual({ text: 'secret', total: 6 })
  expect(await store.read(bob, uri)).toBeUndefined()
  for (const wrong of [
    '',
    'file:///etc/passwd',
    `${uri}x`,
    `${uri}?offset=-1`,
    uri.replace(/.$/, 'z'),
  ])
    expect(await store.read(ada, wrong)).toBeUndefined()
  for (let n = 0; n < 16; n += 1) await store.keep(ada, 'next')
  expect(await store.read(ada, uri)).toBeUndefined()
})

test('the seventeenth result of a caller replaces the first', async () => {
  const { store, entries } = setUp()
  for (let n = 0; n < 100; n += 1) await store.keep(ada, 'x')
  expect(entries.size).toBe(17)
})

test('a range beyond the end is empty', () => {
  expect(rangeOf('abc', 7)).toEqual({ text: '', total: 3 })
})

test('every key begins with the prefix of the deployment, because deployments may share a Redis', async () => {
  const { store, entries } = setUp()
  await store.keep(ada, 'x'.repeat(RANGE_LENGTH + 1))
  expect([...entries.keys()].map((key) => key.split(':')[0])).toEqual(['hub-a', 'hub-a'])
})
