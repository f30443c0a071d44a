import { expect, test } from 'vitest'
import { addNewIds, madeIds, referredIds, ResponsePins } from './response-pins.ts'
import type { PinRedis } from './response-pins.ts'

test('a request refers to the response that it continues and to the items that it repeats', () => {
  const input = [{ type: 'item_reference', id: 'rs_1' }, { role: 'user', content: 'Hi' }, { id: 7 }]
  expect(referredIds({ previous_response_id: 'resp_1', input })).toEqual({
    previous: 'resp_1',
    items: ['rs_1'],
    references: ['rs_1'],
  })
  expect(referredIds({ previous_response_id: null, input: 'Hi' })).toEqual({
    previous: undefined,
    items: [],
    references: [],
  })
})

test.each([
  [{ object: 'response', id: 'resp_1', output: [{ id: 'rs_1' }, {}] }, ['resp_1', 'rs_1']],
  [{ type: 'response.created', response: { object: 'response', id: 'resp_1' } }, ['resp_1']],
  [{ type: 'response.output_item.done', item: { id: 'fc_1' } }, ['fc_1']],
  [{ id: 'chatcmpl-1', object: 'chat.completion' }, []],
  ['[DONE]', []],
  [{ object: 'response', id: 'x'.repeat(600) }, []],
])('the ids of %j are remembered', (data, ids) => {
  expect(madeIds(data)).toEqual(ids)
})

test('an answer with more and more ids has the first 1,000 remembered', () => {
  const known = new Set<string>()
  expect(addNewIds(known, ['a', 'a', 'b'])).toEqual(['a', 'b'])
  expect(addNewIds(known, ['b', 'c'])).toEqual(['c'])
  for (let at = 0; at < 1100; at += 1) addNewIds(known, [`id-${at}`])
  expect(known.size).toBe(1000)
  expect(addNewIds(known, ['another'])).toEqual([])
})

test('a Redis that does not answer is reported, refuses a look-up and no answer', async () => {
  const errors: unknown[] = []
  const gone = (): Promise<never> => Promise.reject(new Error('gone'))
  const failing = { get: gone, set: gone }
  const pins = new ResponsePins({
    redis: failing,
    prefix: 'p',
    pinMs: 1000,
    onError: (error) => errors.push(error),
  })
  await pins.keep('a', ['resp_1'], { providerId: 'p', keyName: 'k' })
  await expect(pins.find('a', ['resp_1'])).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(errors).toHaveLength(2)
  await expect(pins.find('a', [])).resolves.toBeUndefined()
})

test('an item is known to the account whose answer had it, and to no other', async () => {
  const kept = new Map<string, string>()
  const redis = {
    get: (key: string) => Promise.resolve(kept.get(key) ?? null),
    set: (key: string, value: string) => Promise.resolve(kept.set(key, value)),
  } as unknown as PinRedis
  const pins = new ResponsePins({ redis, prefix: 'p', pinMs: 1000, onError: () => undefined })
  await pins.keep('a', ['rs_1', 'rs_2'], { providerId: 'p', keyName: 'k' })
  expect(await pins.unknown('a', ['rs_1', 'rs_2', 'rs_1'])).toBeUndefined()
  expect(await pins.unknown('a', ['rs_1', 'rs_9'])).toBe('rs_9')
  expect(await pins.unknown('b', ['rs_1'])).toBe('rs_1')
})
