import { expect, test } from 'vitest'
import {
  batch,
  chain,
  dedupe,
  filter,
  flat,
  groupBy,
  join,
  map,
  pipe,
  reduce,
  take,
  toArray,
  window,
} from '../index.ts'
import type { Repeater } from '../index.ts'
import { TestSource } from '../fixtures/source.ts'

type Derived = (source: AsyncIterable<number>) => Repeater<unknown, undefined>

const unary: readonly (readonly [string, Derived])[] = [
  ['filter', filter(() => true)],
  ['map', map((n) => n)],
  ['take', take(100)],
  ['batch', batch(1)],
  ['dedupe', dedupe()],
  ['window', window(1)],
  ['flat', flat()],
  ['chain', (source) => chain(source)],
  ['join', (source) => join(source)],
]

test.each(unary)('%s does not touch the source before the first next', async (_name, operator) => {
  const source = new TestSource([1])
  const derived = operator(source)
  await Promise.resolve()
  expect([source.started, source.reads]).toEqual([0, 0])
  await derived.return()
  expect([source.started, source.reads, source.returns]).toEqual([0, 0, 0])
})

test.each(unary)('%s ends with its source, which it does not return', async (_name, operator) => {
  const source = new TestSource([1, 2, 3])
  expect(await toArray(operator(source))).toHaveLength(3)
  expect([source.started, source.reads, source.returns]).toEqual([1, 4, 0])
})

test.each(unary)(
  '%s passes the error of its source on after the values, once',
  async (_name, operator) => {
    const source = new TestSource([1], { error: new Error('source') })
    const derived = operator(source)
    expect((await derived.next()).done).toBe(false)
    await expect(derived.next()).rejects.toThrow('source')
    expect(await derived.next()).toEqual({ value: undefined, done: true })
    expect(source.returns).toBe(0)
  },
)

test.each(unary)('%s reads no further than it is asked', async (_name, operator) => {
  const source = new TestSource([1, 2, 3, 4])
  const derived = operator(source)
  await derived.next()
  await new Promise(setImmediate)
  expect(source.reads).toBe(1)
  await derived.next()
  await new Promise(setImmediate)
  expect(source.reads).toBe(2)
})

test.each(unary)('%s returns its source when the consumer leaves', async (_name, operator) => {
  const source = new TestSource([1, 2, 3])
  for await (const value of operator(source)) {
    expect(value).toBeDefined()
    break
  }
  expect(source.returns).toBe(1)
})

test.each(unary)('%s can be left while it waits for its source', async (_name, operator) => {
  const source = new TestSource<number>([], { open: true })
  const derived = operator(source)
  const waiting = derived.next()
  await new Promise(setImmediate)
  expect(await derived.return()).toEqual({ value: undefined, done: true })
  expect(await waiting).toEqual({ value: undefined, done: true })
  expect(source.returns).toBe(1)
})

test.each(unary)(
  '%s tells the consumer that leaves what its source throws at the return',
  async (_name, operator) => {
    const source = new TestSource([1, 2])
    source.return = () => Promise.reject(new Error('return'))
    const derived = operator(source)
    await derived.next()
    await expect(derived.return()).rejects.toThrow('return')
  },
)

const thrower = (): never => {
  throw new Error('callback')
}
const callbacks: readonly (readonly [string, Derived])[] = [
  ['filter', filter(thrower)],
  ['map', map(thrower)],
  ['dedupe', dedupe(thrower)],
]

test.each(callbacks)(
  'what the callback of %s throws reaches the consumer and returns the source',
  async (_name, operator) => {
    const source = new TestSource([1, 2])
    await expect(operator(source).next()).rejects.toThrow('callback')
    expect(source.returns).toBe(1)
  },
)

test('filter keeps the values whose predicate is or resolves to true, and narrows', async () => {
  const values: (number | string)[] = [1, 'a', 2]
  const numbers: number[] = await toArray(
    filter((value: number | string): value is number => typeof value === 'number')(
      new TestSource(values),
    ),
  )
  expect(numbers).toEqual([1, 2])
  expect(await toArray(filter(async (n: number) => n > 1)(new TestSource([1, 2, 3])))).toEqual([
    2, 3,
  ])
})

test('map awaits, one value at a time', async () => {
  let running = 0
  let most = 0
  const mapped = map(async (n: number) => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running -= 1
    return n * 2
  })(new TestSource([1, 2, 3]))
  const all = await Promise.all([mapped.next(), mapped.next(), mapped.next()])
  expect(all.map((result) => result.value)).toEqual([2, 4, 6])
  expect(most).toBe(1)
})

test('pipe applies from left to right and types each step', async () => {
  const text: string = await pipe(
    new TestSource([1, 2, 3, 4]),
    filter((n) => n % 2 === 0),
    map((n) => `<${n}>`),
    reduce((all: string, one: string) => all + one, ''),
  )
  expect(text).toBe('<2><4>')
  expect(await pipe(new TestSource([1]), toArray)).toEqual([1])
  expect(pipe(7)).toBe(7)
})

test('take returns the source with the last value, without another next', async () => {
  const source = new TestSource([1, 2, 3])
  const taken = take<number>(2)(source)
  await taken.next()
  expect(source.returns).toBe(0)
  expect(await taken.next()).toEqual({ value: 2, done: false })
  expect([source.reads, source.returns]).toEqual([2, 1])
  expect(await taken.next()).toEqual({ value: undefined, done: true })
  expect(source.returns).toBe(1)
})

test('take(0) ends without touching the source, and a source that cannot return fails at the end', async () => {
  const source = new TestSource([1])
  expect(await toArray(take<number>(0)(source))).toEqual([])
  expect(source.started).toBe(0)
  source.return = () => Promise.reject(new Error('return'))
  const taken = take<number>(1)(source)
  expect(await taken.next()).toEqual({ value: 1, done: false })
  await expect(taken.next()).rejects.toThrow('return')
})

test('reduce resolves with the initial value of an empty source, and rejects with what the fold throws', async () => {
  expect(await reduce((a: number, n: number) => a + n, 7)(new TestSource([]))).toBe(7)
  const source = new TestSource([1, 2])
  await expect(reduce<number, number>(thrower, 0)(source)).rejects.toThrow('callback')
  expect(source.returns).toBe(1)
})

test.each([
  [
    'reduce',
    (source: AsyncIterable<number>, signal: AbortSignal) =>
      reduce((a: number, n: number) => a + n, 0, { signal })(source),
  ],
  ['toArray', (source: AsyncIterable<number>, signal: AbortSignal) => toArray(source, { signal })],
  [
    'groupBy',
    (source: AsyncIterable<number>, signal: AbortSignal) =>
      groupBy((n: number) => n, { signal })(source),
  ],
] as const)('%s gives up when its signal aborts, and returns the source', async (_name, run) => {
  const source = new TestSource([1], { open: true })
  const controller = new AbortController()
  const result = run(source, controller.signal)
  await new Promise(setImmediate)
  controller.abort()
  await expect(result).rejects.toMatchObject({ code: 'ABORTED' })
  expect(source.returns).toBe(1)
  const untouched = new TestSource([1])
  await expect(run(untouched, controller.signal)).rejects.toMatchObject({ code: 'ABORTED' })
  expect(untouched.reads).toBe(0)
})

test('toArray and groupBy hold limit values at most: the next one is refused and returns the source', async () => {
  const a = new TestSource([1, 2, 3])
  await expect(toArray(a, { limit: 2 })).rejects.toMatchObject({ code: 'OVERLOADED' })
  expect(a.returns).toBe(1)
  expect(await toArray(new TestSource([1, 2]), { limit: 2 })).toEqual([1, 2])
  const b = new TestSource([1, 2, 3])
  await expect(groupBy((n: number) => n, { limit: 2 })(b)).rejects.toMatchObject({
    code: 'OVERLOADED',
  })
  expect(b.returns).toBe(1)
})

test('groupBy keeps keys in the order of their first value', async () => {
  const groups = await groupBy((word: string) => word.length)(
    new TestSource(['bb', 'a', 'cc', 'd']),
  )
  expect([...groups]).toEqual([
    [2, ['bb', 'cc']],
    [1, ['a', 'd']],
  ])
})

test('batch gives the values held before the error of its source', async () => {
  const batches = batch<number>(2)(new TestSource([1, 2, 3], { error: new Error('source') }))
  expect((await batches.next()).value).toEqual([1, 2])
  expect((await batches.next()).value).toEqual([3])
  await expect(batches.next()).rejects.toThrow('source')
})

test('batch gives a batch that is not full when its time is over, and loses nothing by it', async () => {
  const parked = new TestSource([1, 2], { open: true })
  const batches = batch<number>(5, { maxWaitMs: 1 })(parked)
  expect((await batches.next()).value).toEqual([1, 2])
  const next = batches.next()
  expect(parked.reads).toBe(3)
  await parked.return()
  expect(await next).toEqual({ value: undefined, done: true })
})

test('dedupe remembers the keys seen last, and a repeated key counts as seen again', async () => {
  const values = new TestSource([1, 2, 1, 3, 1, 2])
  expect(await toArray(dedupe<number>(undefined, { limit: 2 })(values))).toEqual([1, 2, 3, 2])
  expect(await toArray(dedupe((n: number) => n % 2)(new TestSource([1, 2, 3, 4])))).toEqual([1, 2])
})

test('window slides by one or by step, and the arrays are separate', async () => {
  const three = await toArray(window<number>(3)(new TestSource([1, 2, 3, 4])))
  expect(three).toEqual([
    [1, 2, 3],
    [2, 3, 4],
  ])
  expect(await toArray(window<number>(2, { step: 3 })(new TestSource([1, 2, 3, 4, 5, 6])))).toEqual(
    [
      [1, 2],
      [4, 5],
    ],
  )
})

test('flat reads arrays, iterables and async iterables one level deep; strings and other values pass', async () => {
  const values = [[1, [2]], new Set([3]), new TestSource([4]), 'ab', 5]
  expect(await toArray(flat<unknown>()(new TestSource(values)))).toEqual([1, [2], 3, 4, 'ab', 5])
})

test('flat returns the inner iterable and the source when the consumer leaves', async () => {
  const inner = new TestSource([1], { open: true })
  const source = new TestSource([inner])
  const flattened = flat<TestSource<number>>()(source)
  await flattened.next()
  const waiting = flattened.next()
  await new Promise(setImmediate)
  await flattened.return()
  expect(await waiting).toEqual({ value: undefined, done: true })
  expect([inner.returns, source.returns]).toEqual([1, 1])
})

test('chain starts a source when the one before has ended, and never after an error', async () => {
  const [a, b, c] = [
    new TestSource([1]),
    new TestSource([2], { error: new Error('b') }),
    new TestSource([3]),
  ]
  const chained = chain(a, b, c)
  expect((await chained.next()).value).toBe(1)
  expect(b.started).toBe(0)
  expect((await chained.next()).value).toBe(2)
  await expect(chained.next()).rejects.toThrow('b')
  expect([c.started, a.returns, b.returns]).toEqual([0, 0, 0])
  expect(await toArray(chain())).toEqual([])
})

test('join gives values as they arrive, while another source is silent', async () => {
  const silent = new TestSource<number>([], { open: true })
  const joined = join<number>(silent, new TestSource([1, 2]))
  expect((await joined.next()).value).toBe(1)
  expect((await joined.next()).value).toBe(2)
  await joined.return()
  expect(silent.returns).toBe(1)
  expect(await toArray(join())).toEqual([])
})

test('join gives the first error after what arrived before, and returns the other sources', async () => {
  const open = new TestSource([1], { open: true })
  const joined = join(open, new TestSource<number>([], { error: new Error('first') }))
  expect((await joined.next()).value).toBe(1)
  await expect(joined.next()).rejects.toThrow('first')
  expect(open.returns).toBe(1)
})

test('join holds one value of each source', async () => {
  const a = new TestSource([1, 2, 3])
  const b = new TestSource([4, 5, 6])
  const joined = join(a, b)
  await joined.next()
  await new Promise(setImmediate)
  expect([a.reads, b.reads]).toEqual([1, 1])
})

test.each([
  ['take', () => take(-1)],
  ['batch', () => batch(0)],
  ['batch with a wait', () => batch(1, { maxWaitMs: 0 })],
  ['window', () => window(1.5)],
  ['window with a step', () => window(1, { step: 0 })],
  ['dedupe', () => dedupe(undefined, { limit: 0 })],
  ['groupBy', () => groupBy((n) => n, { limit: -1 })],
])('%s refuses a count that makes no sense', (_name, make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }))
})
