import { expect, test } from 'vitest'
import { membersOf, withMembers } from './json-members.ts'
import type { JsonObject } from './json-members.ts'

const change = (text: string, changes: Record<string, unknown>): string => {
  const json = Buffer.from(text)
  return withMembers(json, objectIn(json), changes).toString()
}
const objectIn = (json: Buffer): JsonObject => {
  const object = membersOf(json)
  if (object === undefined) throw new Error('too many members')
  return object
}

test('all bytes but those of the changed member stay as they are', () => {
  const text =
    '\uFEFF { "seed": 9007199254740993 , "model" : "a\\u002fb" ,\n"x":1.0,"x":2,"é":"\\u00e9","tools":[{"__proto__":{"model":"no"},"s":"\\"}"}] } '
  expect(change(text, { model: 'b' })).toBe(text.replace('"a\\u002fb"', '"b"'))
})

test('a member that comes twice is changed in both places', () => {
  expect(change('{"model":"a","mod\\u0065l":"b"}', { model: 'c' })).toBe(
    '{"model":"c","mod\\u0065l":"c"}',
  )
})

test('a missing member is added at the end, also to an empty object', () => {
  expect(change('{"a":[1,{"b":2}] }', { n: { o: true } })).toBe('{"a":[1,{"b":2}] ,"n":{"o":true}}')
  expect(change('{ }', { n: 1, m: 2 })).toBe('{ "n":1,"m":2}')
})

test('strings with escaped quotes, brackets and commas end where they end', () => {
  const text = '{"a":"\\\\\\"],}{","b":["\\\\"],"c":-1e5,"d":null}'
  const json = Buffer.from(text)
  const { members } = objectIn(json)
  expect(members.map(({ name, from, to }) => [name, json.toString('utf8', from, to)])).toEqual([
    ['a', '"\\\\\\"],}{"'],
    ['b', '["\\\\"]'],
    ['c', '-1e5'],
    ['d', 'null'],
  ])
})

test('an object with more members than any request is not read', () => {
  const of = (members: number): Buffer => Buffer.from(`{${'"n":1,'.repeat(members - 1)}"n":1}`)
  expect(membersOf(of(10_000))?.members).toHaveLength(10_000)
  expect(membersOf(of(10_001))).toBeUndefined()
})
