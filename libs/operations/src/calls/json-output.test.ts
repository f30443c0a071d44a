import { expect, test } from 'vitest'
import { failureOf, openSpec } from '../fixtures/operations.ts'
import { link } from '../fixtures/link.ts'
import { jsonFault } from './json-output.ts'
import { OperationRegistry } from '../registry/registry.ts'

const circle: { self?: unknown } = {}
circle.self = circle

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
  ['a circle', circle, '/self'.repeat(512), /deeper than 512 levels/],
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
