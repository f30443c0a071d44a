import { CallError, localEnvelope } from '@alkdev/operations'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { alice, pair, spec } from './testing/harness.ts'
import type { BusCallOptions } from './call.ts'

const by = { principal: alice }
const echo = spec('tasks.echo')
const many = spec('tasks.many', { type: 'subscription' })

function nested(): unknown {
  let value: unknown = []
  for (let at = 0; at < 100_000; at++) value = [value]
  return value
}

const hostile: readonly (readonly [string, () => unknown])[] = [
  ['nested 100,000 deep', nested],
  ['a BigInt', () => ({ n: 1n })],
  [
    'a cycle',
    () => {
      const cycle: unknown[] = []
      cycle.push(cycle)
      return cycle
    },
  ],
  [
    'a getter that throws',
    () => ({
      get value() {
        throw new Error('no')
      },
    }),
  ],
  [
    'a toJSON that throws',
    () => ({
      toJSON() {
        throw new Error('no')
      },
    }),
  ],
]

for (const [what, make] of hostile) {
  test.each(['input', 'metadata'] as const)(
    `A1: a request with ${what} as its %s is refused, does not run and leaves no state`,
    async (where) => {
      let runs = 0
      await using two = await pair(testRedis().url, [[echo, () => ++runs]])
      const { bus, records } = two.caller
      const given: BusCallOptions = where === 'input' ? by : { ...by, metadata: { x: make() } }
      await expect(
        bus.call('tasks.echo', where === 'input' ? make() : {}, given),
      ).rejects.toMatchObject({ code: 'VALIDATION_ERROR', message: /Nothing ran/ })
      expect(bus.gauges.waiting).toBe(0)
      expect(records).toMatchObject([{ status: 'failed', code: 'VALIDATION_ERROR' }])
      expect((await bus.call('tasks.echo', {}, by)).envelope.data).toBe(1)
    },
  )

  test(`A1: ${what} in an answer, an item or an error's details ends only that call, with EXECUTION_ERROR`, async () => {
    const failing = spec('tasks.fail')
    await using two = await pair(testRedis().url, [
      [echo, make],
      [
        failing,
        () => {
          throw new CallError('TASK_BUSY', 'later', make())
        },
      ],
      [
        many,
        async function* () {
          yield await Promise.resolve(localEnvelope(1, 'tasks.many'))
          yield localEnvelope(make(), 'tasks.many')
        },
      ],
    ])
    const { bus } = two.caller
    const code = 'EXECUTION_ERROR'
    await expect(bus.call('tasks.echo', {}, by)).rejects.toMatchObject({ code })
    await expect(bus.call('tasks.fail', {}, by)).rejects.toMatchObject({ code })
    const items: number[] = []
    const reading = (async () => {
      for await (const { seq } of bus.subscribe('tasks.many', {}, by)) items.push(seq)
    })()
    await expect(reading).rejects.toMatchObject({ code })
    expect(items).toEqual([1])
    await eventually(() => expect(two.provider.bus.gauges.running).toBe(0))
  })

  test(`A1: a hub event with ${what} is dropped and counted`, async () => {
    await using two = await pair(testRedis().url, [])
    const { bus } = two.caller
    bus.emit('spoke.attached', 'x', make())
    expect(bus.counters['eventsDropped']).toBe(1)
  })
}

test('A1: a value that cannot be inspected, thrown by a handler, ends the call with UNKNOWN_ERROR', async () => {
  const unreadable = new Proxy(new Error('no'), {
    getPrototypeOf() {
      throw new Error('no')
    },
  })
  await using two = await pair(testRedis().url, [
    [
      echo,
      () => {
        throw unreadable
      },
    ],
  ])
  await expect(two.caller.bus.call('tasks.echo', {}, by)).rejects.toMatchObject({
    code: 'UNKNOWN_ERROR',
  })
})
