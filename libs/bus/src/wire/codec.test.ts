import { expect, test } from 'vitest'
import { createCounters } from '../counters.ts'
import { createCodec } from './codec.ts'

const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64')

test('a message is the wire version, the HMAC-SHA256 in base64, and JSON', () => {
  const counters = createCounters()
  const codec = createCodec([key(1)], counters)
  const text = codec.encode({ a: ['ü'] })
  expect(text).toBe('2.alpF9nD82QELTZyiqLoKqTnfYy50+DPSegPgMun42Rw={"a":["ü"]}')
  expect(codec.decode(text)).toEqual({ a: ['ü'] })
})

test('a text that is changed, cut off, of another key or version, or not valid JSON is refused and counted', () => {
  const counters = createCounters()
  const codec = createCodec([key(1)], counters)
  const text = codec.encode({ a: 1 })
  for (const bad of [
    text.replace('1}', '2}'),
    createCodec([key(2)], counters).encode({ a: 1 }),
    text.slice(0, 20),
    '2.',
  ]) {
    expect(codec.decode(bad)).toBeUndefined()
  }
  for (const old of ['', `1${text.slice(1)}`, text.slice(1)])
    expect(codec.decode(old)).toBeUndefined()
  expect(counters).toMatchObject({ messagesBadSignature: 4, messagesWrongVersion: 3 })
})

test('the first key signs and every key is accepted', () => {
  const counters = createCounters()
  const [old, both, young] = [[key(1)], [key(2), key(1)], [key(2)]].map((keys) =>
    createCodec(keys, counters),
  )
  expect(both?.decode(old?.encode(1) ?? '')).toBe(1)
  expect(young?.decode(both?.encode(2) ?? '')).toBe(2)
  expect(old?.decode(both?.encode(2) ?? '')).toBeUndefined()
  expect(() => createCodec([], counters)).toThrow('at least one key')
})
