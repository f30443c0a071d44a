import { deferred } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { alice, pair, spec } from './testing/harness.ts'

const echo = spec('tasks.echo')

test('(row 6) an input over the limit is never sent, and an output over it ends that call alone', async () => {
  const big = 'x'.repeat(5000)
  const bigger = spec('tasks.bigger')
  await using two = await pair(
    testRedis().url,
    [
      [echo, (input: unknown) => input],
      [bigger, () => big],
    ],
    { limits: { maxPayloadBytes: 4096 } },
  )
  const { bus } = two.caller
  const sent = bus.counters['messagesSent']
  const by = { principal: alice }
  await expect(bus.call('tasks.echo', big, by)).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
    details: { bytes: 5002, limit: 4096 },
  })
  expect(two.provider.bus.counters['provided']).toBe(0)
  expect(bus.counters['messagesSent']).toBeLessThanOrEqual((sent ?? 0) + 2)
  await expect(bus.call('tasks.bigger', {}, by)).rejects.toMatchObject({
    code: 'PAYLOAD_TOO_LARGE',
  })
  expect((await bus.call('tasks.echo', 'small', by)).envelope.data).toBe('small')
})

test('(row 6) messages over 64 KiB travel under a key and arrive whole, in both directions', async () => {
  await using two = await pair(testRedis().url, [[echo, (input: unknown) => input]])
  const { bus } = two.caller
  const input = { text: 'ü'.repeat(200_000) }
  const results = await Promise.all(
    Array.from({ length: 8 }, () => bus.call('tasks.echo', input, { principal: alice })),
  )
  for (const { envelope } of results) expect(envelope.data).toEqual(input)
  expect(bus.counters['messagesLarge']).toBe(8)
  expect(two.provider.bus.counters['messagesLarge']).toBe(8)
})

test('beyond the limit of running calls the next call is refused, and its handler does not run', async () => {
  const release = deferred<void>()
  let starts = 0
  await using two = await pair(
    testRedis().url,
    [
      [
        echo,
        async () => {
          starts++
          await release.promise
          return 1
        },
      ],
    ],
    { limits: { maxProvided: 2 } },
  )
  const { bus } = two.caller
  const by = { principal: alice }
  const first = [bus.call('tasks.echo', {}, by), bus.call('tasks.echo', {}, by)]
  await eventually(() => expect(starts).toBe(2))
  await expect(bus.call('tasks.echo', {}, by)).rejects.toMatchObject({
    code: 'OVERLOADED',
    message: 'The instance that runs it is full: it runs 2 calls, 2 at most.',
    retryAfterMs: 1000,
  })
  release.resolve()
  await Promise.all(first)
  expect(starts).toBe(2)
})

test('a caller beyond its limit of pending calls is refused in its own process', async () => {
  const release = deferred<void>()
  await using two = await pair(testRedis().url, [[echo, () => release.promise]], {
    limits: { maxPending: 1 },
  })
  const { bus } = two.caller
  const first = bus.call('tasks.echo', {}, { principal: alice })
  await expect(bus.call('tasks.echo', {}, { principal: alice })).rejects.toMatchObject({
    code: 'OVERLOADED',
    message: '1 calls of this process are pending, 1 at most.',
    retryAfterMs: 1000,
  })
  release.resolve()
  await first
})

test('a call lasts beyond the limit of all calls only where its caller gives it another one', async () => {
  const release = deferred<number>()
  const wait = async (_input: unknown, { signal }: { readonly signal?: AbortSignal }) => {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })
    return Promise.race([release.promise, aborted])
  }
  await using two = await pair(testRedis().url, [[echo, wait]], {
    limits: { maxCallTimeoutMs: 1000 },
  })
  const { bus } = two.caller
  const by = { principal: alice, timeoutMs: 60_000 }
  const longer = bus.call('tasks.echo', 1, { ...by, maxTimeoutMs: 60_000 })
  longer.catch(() => undefined)
  // Made later, it ends before.
  await expect(bus.call('tasks.echo', 2, by)).rejects.toMatchObject({ code: 'TIMEOUT' })
  release.resolve(3)
  expect((await longer).envelope.data).toBe(3)
})
