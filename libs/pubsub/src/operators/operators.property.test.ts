import * as fc from 'fast-check'
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
  Repeater,
  take,
  toArray,
  window,
} from '../index.ts'

/** A source that gives its values with random pauses. */
async function* paced(values: readonly number[], scheduler: fc.Scheduler): AsyncGenerator<number> {
  for (const value of values) {
    await scheduler.schedule(Promise.resolve())
    yield value
  }
}

const numbers = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 })

/** Each operator, and what it means on arrays. */
const models: readonly {
  readonly name: string
  readonly run: (source: AsyncIterable<number>, n: number) => AsyncIterable<unknown>
  readonly model: (values: readonly number[], n: number) => unknown[]
}[] = [
  {
    name: 'filter',
    run: (s, n) => filter((v: number) => v < n)(s),
    model: (a, n) => a.filter((v) => v < n),
  },
  {
    name: 'map',
    run: (s, n) => map((v: number) => v * n)(s),
    model: (a, n) => a.map((v) => v * n),
  },
  { name: 'take', run: (s, n) => take<number>(n)(s), model: (a, n) => a.slice(0, n) },
  {
    name: 'batch',
    run: (s, n) => batch<number>(n)(s),
    model: (a, n) =>
      Array.from({ length: Math.ceil(a.length / n) }, (_, i) => a.slice(i * n, i * n + n)),
  },
  {
    name: 'window',
    run: (s, n) => window<number>(n)(s),
    model: (a, n) =>
      Array.from({ length: Math.max(0, a.length - n + 1) }, (_, i) => a.slice(i, i + n)),
  },
  {
    name: 'window by two',
    run: (s, n) => window<number>(n, { step: 2 })(s),
    model: (a, n) =>
      Array.from({ length: Math.max(0, a.length - n + 1) }, (_, i) => a.slice(i, i + n)).filter(
        (_, i) => i % 2 === 0,
      ),
  },
  { name: 'dedupe', run: (s) => dedupe<number>()(s), model: (a) => [...new Set(a)] },
  {
    name: 'flat',
    run: (s, n) => flat<number[]>()(map((v: number) => [v, n])(s)),
    model: (a, n) => a.flatMap((v) => [v, n]),
  },
]

test.each(models)(
  '$name does on any source, at any pace, what its model does on an array',
  async ({ run, model }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        numbers,
        fc.integer({ min: 1, max: 8 }),
        async (scheduler, values, n) => {
          const result = toArray(run(paced(values, scheduler), n))
          expect(await scheduler.waitFor(result)).toEqual(model(values, n))
        },
      ),
    )
  },
)

test('chain is concatenation; join is a merge that keeps the order of each source', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(numbers, { maxLength: 4 }),
      async (scheduler, lists) => {
        const tagged = lists.map((list, source) =>
          map((value: number) => ({ source, value }))(paced(list, scheduler)),
        )
        const merged = await scheduler.waitFor(toArray(join(...tagged)))
        expect(
          lists.map((_, i) => merged.filter((m) => m.source === i).map((m) => m.value)),
        ).toEqual(lists)
        const chained = toArray(chain(...lists.map((list) => paced(list, scheduler))))
        expect(await scheduler.waitFor(chained)).toEqual(lists.flat())
      },
    ),
  )
})

test('reduce and groupBy agree with arrays', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), numbers, async (scheduler, values) => {
      const text = pipe(
        paced(values, scheduler),
        reduce((all: string, v: number) => `${all},${v}`, ''),
      )
      expect(await scheduler.waitFor(text)).toBe(values.map((v) => `,${v}`).join(''))
      const groups = pipe(
        paced(values, scheduler),
        groupBy((v: number) => v % 3),
      )
      expect(await scheduler.waitFor(groups)).toEqual(Map.groupBy(values, (v) => v % 3))
    }),
  )
})

test('a repeater gives, whatever the order of push, next and return, a prefix of what was pushed, and every promise settles', async () => {
  const command = fc.constantFrom('push', 'next', 'stop', 'return')
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
      let pushed = 0
      const outside: { push?: (n: number) => Promise<unknown>; stop?: () => void } = {}
      const repeater = new Repeater<number, undefined>((push, stop) => {
        outside.push = push
        outside.stop = () => stop()
        return undefined
      })
      repeater.start()
      const pushes: Promise<unknown>[] = []
      const results: Promise<IteratorResult<number, unknown>>[] = []
      for (const step of commands) {
        if (step === 'push' && outside.push) pushes.push(outside.push(pushed++))
        if (step === 'next') results.push(repeater.next())
        if (step === 'stop') outside.stop?.()
        if (step === 'return') await repeater.return()
      }
      await repeater.return()
      await Promise.all(pushes)
      const settled = await Promise.all(results)
      const values = settled.filter((r) => r.done !== true).map((r) => r.value)
      expect(values).toEqual(Array.from(values, (_, i) => i))
      const order = settled.map((r) => r.done === true)
      expect(order).toEqual(order.toSorted((a, b) => Number(a) - Number(b)))
    }),
  )
})
