import { expect, test } from 'vitest'
import { Repeater, RepeaterOverflowError } from './index.ts'
import type { Push, Stop } from './index.ts'

/** A repeater with its push and stop outside. */
function controlled<T>(options?: ConstructorParameters<typeof Repeater>[1]): {
  readonly repeater: Repeater<T, string>
  readonly push: Push<T>
  readonly stop: Stop
} {
  const outside: { push?: Push<T>; stop?: Stop } = {}
  const repeater = new Repeater<T, string>(async (push, stop) => {
    outside.push = push
    outside.stop = stop
    await stop
    return 'over'
  }, options)
  repeater.start()
  const { push, stop } = outside
  if (!push || !stop) throw new Error('the executor did not run')
  return { repeater, push, stop }
}

test('the executor runs at the first next, once', async () => {
  let runs = 0
  const repeater = new Repeater<number>((push, stop) => {
    runs += 1
    void push(1)
    stop()
  })
  expect(runs).toBe(0)
  expect(await repeater.next()).toEqual({ value: 1, done: false })
  expect(await repeater.next()).toEqual({ value: undefined, done: true })
  repeater.start()
  expect(runs).toBe(1)
})

test('values pushed before the stop are delivered, then the return value of the executor, once', async () => {
  const { repeater, push, stop } = controlled<number>()
  void push(1)
  void push(2)
  stop()
  void push(3)
  expect(await repeater.next()).toEqual({ value: 1, done: false })
  expect(await repeater.next()).toEqual({ value: 2, done: false })
  expect(await repeater.next()).toEqual({ value: 'over', done: true })
  expect(await repeater.next()).toEqual({ value: undefined, done: true })
})

test('the error of a stop comes after the values, once', async () => {
  const { repeater, push, stop } = controlled<number>()
  void push(1)
  stop(new Error('broken'))
  expect(await repeater.next()).toEqual({ value: 1, done: false })
  await expect(repeater.next()).rejects.toThrow('broken')
  expect(await repeater.next()).toEqual({ value: undefined, done: true })
})

test('an executor that throws or rejects ends the iteration with its error', async () => {
  const sync = new Repeater(() => {
    throw new Error('sync')
  })
  const async = new Repeater(() => Promise.reject(new Error('async')))
  await expect(sync.next()).rejects.toThrow('sync')
  await expect(async.next()).rejects.toThrow('async')
})

test('push resolves when the consumer has taken the value and asks for the next', async () => {
  const { repeater, push } = controlled<number>()
  const order: string[] = []
  const pushed = (async (): Promise<void> => {
    order.push(`push resolved with ${String(await push(1))}`)
  })()
  await repeater.next()
  order.push('first taken')
  void repeater.next('more')
  await pushed
  expect(order).toEqual(['first taken', 'push resolved with more'])
})

test('pushes are resolved when the consumer leaves', async () => {
  const { repeater, push } = controlled<number>()
  const pushes = [push(1), push(2)]
  await repeater.return()
  expect(await Promise.all(pushes)).toEqual([undefined, undefined])
})

test('return throws away what is held and waits for the executor to settle', async () => {
  const order: string[] = []
  const repeater = new Repeater<number>(async (push, stop) => {
    void push(1)
    await stop
    await Promise.resolve()
    order.push('cleaned up')
  })
  repeater.start()
  expect(await repeater.return('left')).toEqual({ value: 'left', done: true })
  order.push('returned')
  expect(order).toEqual(['cleaned up', 'returned'])
  expect(await repeater.next()).toEqual({ value: undefined, done: true })
})

test('return before the first next never runs the executor', async () => {
  let ran = false
  const repeater = new Repeater(() => {
    ran = true
  })
  await repeater.return()
  expect(await repeater.next()).toEqual({ value: undefined, done: true })
  expect(ran).toBe(false)
})

test('return settles the calls of next that wait, and throw rejects with what it was given', async () => {
  const a = controlled<number>()
  const waiting = [a.repeater.next(), a.repeater.next()]
  await a.repeater.return()
  expect(await Promise.all(waiting)).toEqual([
    { value: undefined, done: true },
    { value: undefined, done: true },
  ])
  const b = controlled<number>()
  await expect(b.repeater.throw(new Error('mine'))).rejects.toThrow('mine')
  expect(await b.repeater.next()).toEqual({ value: undefined, done: true })
})

test('what cleaning up throws reaches the consumer that returns', async () => {
  const repeater = new Repeater(async (_push, stop) => {
    await stop
    throw new Error('cleanup failed')
  })
  repeater.start()
  await expect(repeater.return()).rejects.toThrow('cleanup failed')
})

test('the 1,025th value held does not throw into the pusher: the consumer gets the error after 1,024 values', async () => {
  const { repeater, push } = controlled<number>()
  for (let n = 0; n < 1025; n++) expect(() => void push(n)).not.toThrow()
  for (let n = 0; n < 1024; n++) expect((await repeater.next()).value).toBe(n)
  await expect(repeater.next()).rejects.toBeInstanceOf(RepeaterOverflowError)
})

test('more than limit calls of next at once are refused', async () => {
  const { repeater, push } = controlled<number>({ limit: 2 })
  const waiting = [repeater.next(), repeater.next()]
  await expect(repeater.next()).rejects.toMatchObject({ code: 'OVERLOADED' })
  void push(1)
  void push(2)
  expect((await Promise.all(waiting)).map((result) => result.value)).toEqual([1, 2])
})

test('a pushed promise is delivered when it resolves; a rejected one ends the iteration with its error', async () => {
  const { repeater, push } = controlled<number>()
  void push(Promise.resolve(1))
  void push(Promise.reject(new Error('late')))
  void push(3)
  expect(await repeater.next()).toEqual({ value: 1, done: false })
  await expect(repeater.next()).rejects.toThrow('late')
  expect(await repeater.next()).toEqual({ value: undefined, done: true })
})

test.each([0, -1, 1.5, Number.NaN])('a limit of %d is refused', (limit) => {
  expect(() => new Repeater(() => {}, { limit })).toThrow(
    expect.objectContaining({ code: 'VALIDATION_ERROR' }),
  )
})

test('await using returns the repeater', async () => {
  const { repeater, stop } = controlled<number>()
  {
    await using held = repeater
    void held.next()
  }
  await stop
  expect(await repeater.next()).toEqual({ value: undefined, done: true })
})
