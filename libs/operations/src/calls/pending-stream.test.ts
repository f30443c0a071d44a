import { expect, test } from 'vitest'
import { PendingStream } from './pending-stream.ts'
import { localEnvelope } from './response-envelope.ts'
import { failureOf } from '../fixtures/operations.ts'

interface Harness {
  readonly stream: PendingStream
  readonly log: string[]
  readonly item: (n: number, seq?: number) => void
}

function harness(idleTimeoutMs = 60_000): Harness {
  const log: string[] = []
  const stream = new PendingStream({
    idleTimeoutMs,
    start: () => log.push('start'),
    credit: ({ upTo, credits }) => log.push(`credit ${credits} up to ${upTo}`),
    abort: (reason) => log.push(`abort ${reason}`),
    onEnd: () => log.push('ended'),
  })
  return {
    stream,
    log,
    item: (n, seq) =>
      stream.responded({
        requestId: 'r',
        output: localEnvelope(n, 'a.b'),
        ...(seq === undefined ? {} : { seq }),
      }),
  }
}

/** Every item until the end, and the code of the error that ended it. */
async function drain(stream: PendingStream): Promise<[unknown[], string | undefined]> {
  const got: unknown[] = []
  try {
    for await (const { data } of stream) got.push(data)
  } catch (error) {
    return [got, (error as { code?: string }).code]
  }
  return [got, undefined]
}

test('a missing item ends the stream with PROVIDER_LOST after the received items, never as completed', async () => {
  const { stream, log, item } = harness()
  const first = stream.next()
  item(1, 1)
  item(2, 2)
  item(4, 4)
  item(5, 5)
  expect((await first).value).toMatchObject({ data: 1 })
  expect((await stream.next()).value).toMatchObject({ data: 2 })
  const error = await failureOf(() => stream.next())
  expect([error.code, error.details]).toEqual([
    'PROVIDER_LOST',
    { outcome: 'unknown', received: 2 },
  ])
  expect(log).toEqual(['start', 'ended', 'abort an item is missing'])
  expect(await stream.next()).toEqual({ done: true, value: undefined })
})

test('an end that counts more items than arrived is a loss', async () => {
  const { stream, item } = harness()
  const next = stream.next()
  item(1, 1)
  stream.completed(2)
  await next
  expect(await drain(stream)).toEqual([[], 'PROVIDER_LOST'])
})

test('an item that arrives twice is dropped, and without seq items are accepted in order of arrival', async () => {
  const twice = harness()
  const next = twice.stream.next()
  for (const seq of [1, 1, 2, 1, 3]) twice.item(seq, seq)
  twice.stream.completed(3)
  await next
  expect(await drain(twice.stream)).toEqual([[2, 3], undefined])
  const bare = harness()
  const bareNext = bare.stream.next()
  for (const n of [7, 7, 8]) bare.item(n)
  bare.stream.completed(undefined)
  await bareNext
  expect(await drain(bare.stream)).toEqual([[7, 8], undefined])
})

test('a producer that goes 32 beyond its window loses the stream, and no more than 64 items are held', async () => {
  const { stream, log, item } = harness()
  const next = stream.next()
  for (let n = 1; n <= 500; n++) item(n, n)
  await next
  const [got, code] = await drain(stream)
  expect([got.length, code]).toEqual([63, 'PROVIDER_LOST'])
  expect(log.filter((line) => line.startsWith('abort'))).toEqual(['abort the window was exceeded'])
})

test('credit is given in batches, as the consumer takes items', async () => {
  const { stream, log, item } = harness()
  for (let n = 1; n <= 320; n++) {
    const next = stream.next()
    item(n, n)
    expect((await next).value).toMatchObject({ data: n })
  }
  expect(log).toEqual([
    'start',
    ...Array.from({ length: 20 }, (_, n) => `credit 16 up to ${48 + 16 * n}`),
  ])
})

test('several items may be requested at once, and an end answers all of them, an error the first', async () => {
  const done = harness()
  const asked = [done.stream.next(), done.stream.next(), done.stream.next()]
  done.item(1)
  done.stream.completed(1)
  expect((await Promise.all(asked)).map((result) => result.done)).toEqual([false, true, true])
  const failed = harness()
  const both = [failed.stream.next(), failed.stream.next()]
  failed.item(1, 2)
  expect((await Promise.allSettled(both)).map((result) => result.status)).toEqual([
    'rejected',
    'fulfilled',
  ])
})

test('leaving drops unread items and notifies the producer once', async () => {
  const { stream, log, item } = harness()
  const next = stream.next()
  item(1)
  item(2)
  await next
  await stream.return()
  await stream.return()
  item(3)
  stream.completed(9)
  expect(await stream.next()).toEqual({ done: true, value: undefined })
  expect(log).toEqual(['start', 'ended', 'abort the consumer left'])
})

test('a stream that was never started ends and only its map is notified', async () => {
  const { stream, log } = harness()
  await stream[Symbol.asyncDispose]()
  expect(await stream.next()).toEqual({ done: true, value: undefined })
  expect(log).toEqual(['ended'])
})
