import { expect, test } from 'vitest'
import { CallError } from './call-error.ts'
import { failureOf, openSpec } from '../fixtures/operations.ts'
import { link } from '../fixtures/link.ts'
import { jsonFault } from './json-output.ts'
import { OperationRegistry } from '../registry/registry.ts'
import type { JsonSchema } from '../registry/types.ts'

const cycle: { self?: unknown } = {}
cycle.self = cycle

test('JSON data has no fault, with members that are undefined and objects of classes', () => {
  class Point {
    x = 1
    y = undefined
  }
  const bare = Object.assign(Object.create(null) as object, { a: 1 })
  for (const value of [null, '', 0, -0, true, [], [[1]], {}, { a: undefined }, new Point(), bare])
    expect(jsonFault(value)).toBeUndefined()
})

// [value, where, what is said of it]
const faults: [string, unknown, string, RegExp][] = [
  ['a bigint', 1n, '', /a bigint/],
  ['a date', { at: [new Date(0)] }, '/at/0', /type Date/],
  ['NaN', { 'a/b~': NaN }, '/a~1b~0', /NaN/],
  ['an infinity', [-Infinity], '/0', /-Infinity/],
  ['an undefined place of a list', [1, undefined], '/1', /undefined/],
  ['a hole in a list', Array.from({ length: 1 }).concat(1), '/0', /undefined/],
  ['a function', { f: () => 1 }, '/f', /a function/],
  ['a symbol', Symbol('s'), '', /a symbol/],
  ['a map', { m: new Map() }, '/m', /type Map/],
  ['a set', new Set(), '', /type Set/],
  ['bytes', { b: new Uint8Array(2) }, '/b', /type Uint8Array/],
  ['an error', { e: new Error('secret') }, '/e', /type Error/],
  ['an object with toJSON', { o: { toJSON: () => 1 } }, '/o', /toJSON/],
  ['a cycle', cycle, '/self'.repeat(512), /deeper than 512 levels/],
]

test.each(faults)('%s is a fault with its place', (_name, value, path, message) => {
  const fault = jsonFault(value)
  expect(fault?.path).toBe(path)
  expect(fault?.message).toMatch(message)
})

test('a result is the same in this process and over the protocol: JSON data, or an error (L12)', async () => {
  const registry = new OperationRegistry()
  const results: readonly unknown[] = [undefined, 1n, new Date(0), { n: NaN }, { a: [1, 'x'] }]
  registry.registerAll([
    openSpec('results.give', { handler: (at: number) => results[at] }),
    openSpec('results.stream', {
      type: 'subscription',
      async *handler(at: number) {
        yield await Promise.resolve(results[at])
      },
    }),
  ])
  await using pair = link(registry)
  const { calls } = pair.caller
  const outcomeOf = async (run: () => Promise<{ data: unknown } | undefined>): Promise<unknown> => {
    try {
      return { data: (await run())?.data }
    } catch (error) {
      return (error as { toWire(): unknown }).toWire()
    }
  }
  const firstOf = async (items: AsyncIterable<{ data: unknown }>) => {
    for await (const item of items) return item
    return undefined
  }
  for (const at of results.keys()) {
    const here = await outcomeOf(() => registry.execute('results.give', at))
    expect(await outcomeOf(() => calls.call('results.give', at))).toEqual(here)
    const streamed = await outcomeOf(() => firstOf(registry.subscribe('results.stream', at)))
    expect(await outcomeOf(() => firstOf(calls.subscribe('results.stream', at)))).toEqual(streamed)
  }
  expect((await registry.execute('results.give', 0)).data).toBeNull()
  const date = await failureOf(() => registry.execute('results.give', 2))
  expect([date.code, date.message]).toEqual([
    'EXECUTION_ERROR',
    'The output of results.give does not fit: it is an object of type Date, which JSON has no form for',
  ])
})

interface Absence {
  readonly keyword: string
  readonly schema: JsonSchema
  /** Fits because its member is absent. */
  readonly good: unknown
  /** Does not fit because its member is absent. */
  readonly bad?: unknown
}

const absent: readonly Absence[] = [
  {
    keyword: 'additionalProperties',
    schema: { additionalProperties: false },
    good: { a: undefined },
  },
  { keyword: 'maxProperties', schema: { maxProperties: 1 }, good: { a: undefined, b: 1 } },
  { keyword: 'minProperties', schema: { minProperties: 1 }, good: { b: 1 }, bad: { a: undefined } },
  {
    keyword: 'propertyNames',
    schema: { propertyNames: { maxLength: 1 } },
    good: { long: undefined },
  },
  {
    keyword: 'unevaluatedProperties',
    schema: { unevaluatedProperties: false },
    good: { a: undefined },
  },
  {
    keyword: 'patternProperties',
    schema: { patternProperties: { '^a': { type: 'null' } } },
    good: { a: undefined },
  },
  { keyword: 'const', schema: { const: { a: [{}] } }, good: { a: [{ b: undefined }] } },
  { keyword: 'required', schema: { required: ['a'] }, good: { a: 1 }, bad: { a: undefined } },
]

test.each(absent)(
  'members that are undefined count as absent under $keyword, in inputs, results, details and items',
  async ({ schema, good, bad }) => {
    const values = [good, ...(bad === undefined ? [] : [bad])]
    const registry = new OperationRegistry()
    const errorSchemas = [{ code: 'FULL', description: 'It is full.', schema }]
    registry.registerAll([
      openSpec('t.result', { outputSchema: schema, handler: (at: number) => values[at] }),
      openSpec('t.input', { inputSchema: schema, handler: () => null }),
      openSpec('t.fails', {
        errorSchemas,
        handler: (at: number) => {
          throw new CallError('FULL', 'full', values[at])
        },
      }),
      openSpec('t.items', {
        type: 'subscription',
        outputSchema: schema,
        async *handler(at: number) {
          yield await Promise.resolve(values[at])
        },
      }),
    ])
    const codesOf = async (at: number): Promise<string[]> => {
      const ends = [
        registry.execute('t.result', at),
        registry.execute('t.input', values[at]),
        registry.execute('t.fails', at),
        registry.subscribe('t.items', at).next(),
      ].map((end) =>
        end.then(
          () => 'fits',
          (error: unknown) => (error as CallError).code,
        ),
      )
      return Promise.all(ends)
    }
    const refused = ['EXECUTION_ERROR', 'VALIDATION_ERROR', 'EXECUTION_ERROR', 'EXECUTION_ERROR']
    const expected = [['fits', 'fits', 'FULL', 'fits'], refused]
    expect(await Promise.all(values.map((_, at) => codesOf(at)))).toEqual(
      expected.slice(0, values.length),
    )
  },
)

test('a result with members that are undefined reaches a caller in this process as it is', async () => {
  const registry = new OperationRegistry()
  const result = { a: undefined, b: [{ c: undefined }] }
  registry.register(openSpec('t.result', { handler: () => result }))
  expect((await registry.execute('t.result', {})).data).toBe(result)
})

/** Lists inside each other, each with two references to the next: 2 ** levels places. */
function doubling(levels: number, leaf: unknown): unknown {
  let value = leaf
  for (let level = 0; level < levels; level++) value = [value, value]
  return value
}

test('a value that refers to the same objects again and again is judged by its objects, not by its places', () => {
  expect(jsonFault(doubling(15, {}))).toBeUndefined()
  expect(jsonFault(doubling(500, {}))?.message).toMatch(/repeats shared parts/)
  expect(jsonFault(doubling(500, 1n))?.message).toMatch(/a bigint/)
  const shared = doubling(18, {})
  const chain = Array.from({ length: 500 }).reduce((inner: unknown) => [inner], shared)
  expect(jsonFault([shared, chain])?.message).toMatch(/deeper than 512 levels/)
})
