import { expect, test } from 'vitest'
import {
  hasMoreNodes,
  isNestedDeeper,
  isTextNestedDeeper,
  JsonDepthError,
  parseJson,
  parseJsonOutline,
} from './parse-json.ts'

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const nestedObject = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)

test('a text of 512 levels is parsed, one of 513 is refused before it is parsed (A1, B1)', () => {
  for (const text of [nested(512), nestedObject(512)])
    expect(JSON.stringify(parseJson(text))).toBe(text)
  for (const text of [nested(513), nestedObject(513), nested(4_000_000), '['.repeat(100_000)])
    expect(() => parseJson(text)).toThrow(JsonDepthError)
})

test('brackets in strings, whatever is escaped, are no levels', () => {
  const text = JSON.stringify({ a: '['.repeat(2000), [`\\"${'{'.repeat(2000)}\\`]: ['"', '\\'] })
  expect(isTextNestedDeeper(text, 2)).toBe(false)
  expect(isTextNestedDeeper(text, 1)).toBe(true)
  expect(parseJson(text)).toEqual(JSON.parse(text))
})

test('a wide text of many brackets is not deep', () => {
  const text = `[${Array.from({ length: 10_000 }, () => '{}').join()}]`
  expect(parseJson(text)).toHaveLength(10_000)
})

test('objects and arrays are counted outside of strings', () => {
  const text = `[${'{"[":"{\\"["},'.repeat(9)}[]]`
  expect(hasMoreNodes(text, 10)).toBe(true)
  expect(hasMoreNodes(text, 11)).toBe(false)
  expect(hasMoreNodes(`["${'['.repeat(1000)}"]`, 1)).toBe(false)
})

test('text that is not JSON is a SyntaxError', () => {
  for (const text of ['', '{', ']'.repeat(5000), '"'.repeat(2001), `{"a":"${'\\'.repeat(2000)}`])
    expect(() => parseJson(text)).toThrow(SyntaxError)
})

test('the members `__proto__` and `constructor` are own properties and change no prototype', () => {
  const value = parseJson('{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}') as object
  expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  expect(({} as { x?: number }).x).toBeUndefined()
})

test('the outline of a text that is too deep has its outer members', () => {
  const text = `{"type":"t","payload":{"id":"\\"[","data":${nested(100_000)},"more":{"a":[1]}},"end":1}`
  expect(parseJsonOutline(text, 2)).toEqual({
    type: 't',
    payload: { id: '"[', data: null, more: null },
    end: 1,
  })
  expect(parseJsonOutline('{"a":[1,{"b":[]}]}', 9)).toEqual({ a: [1, { b: [] }] })
  for (const broken of [`{"a":${'['.repeat(1000)}`, `${nested(600)}]`])
    expect(() => parseJsonOutline(broken, 512)).toThrow(SyntaxError)
})

test('the depth of a value is found without text, also where it contains itself', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  expect(isNestedDeeper(loop)).toBe(true)
  expect(isNestedDeeper(JSON.parse(nested(512)))).toBe(false)
  expect(isNestedDeeper(JSON.parse(nestedObject(513)))).toBe(true)
  expect(isNestedDeeper(JSON.parse(nested(1_000_000)))).toBe(true)
  expect([null, undefined, 1n, 'x'].some((value) => isNestedDeeper(value))).toBe(false)
})
