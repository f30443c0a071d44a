import { expect, test } from 'vitest'
import { jsonBytes, writeJson } from './write-json.ts'

function nested(depth: number): unknown {
  let value: unknown = []
  for (let at = 0; at < depth; at++) value = [value]
  return value
}

const cycle: unknown[] = []
cycle.push(cycle)

test.each([
  ['nested too deeply', nested(100_000)],
  ['a BigInt', { n: 1n }],
  ['a cycle', cycle],
  [
    'a getter that throws',
    {
      get secret() {
        throw new Error('no')
      },
    },
  ],
  [
    'a toJSON that throws',
    {
      toJSON() {
        throw new Error('no')
      },
    },
  ],
])('%s has no JSON text and does not throw', (_what, value) => {
  expect(writeJson(value)).toBeUndefined()
  expect(jsonBytes(value)).toBe(0)
})

test('the size is that of the UTF-8 text', () => {
  expect(writeJson({ a: 'é' })).toBe('{"a":"é"}')
  expect(jsonBytes({ a: 'é' })).toBe(10)
})
