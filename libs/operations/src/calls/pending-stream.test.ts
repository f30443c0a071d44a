import { expect, test } from 'vitest'
import { PendingStream } from './pending-stream.ts'
import { localEnvelope } from './response-envelope.ts'
import { failureOf } from '../fixtures/operations.ts'

interface Harness {
  readonly stream: PendingStream
  readonly told: string[]
  readonly item: (n: number, seq?: number) => void
}

function harness(idleTimeoutMs = 60_000): Harness {
  const told: string[] = []
  const stream = new PendingStream(
    {
      start: () => told.push('start'),
      credit: (credits) => told.push(`credit ${credits}`),
      abort: (reason) => told.push(`abort ${reason}`),
      ended: () => told.push('ended'),
    },
    idleTimeoutMs,
  )
  return {
    stream,
    told,
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

test('a missing item ends the stream with PROVIDER_LOST and what was received, never as completed', async () => {
  const { stream, told, item } = harness()
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
  expect(told).toEqual(['start', 'ended', 'abort an item is missing'])
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

test('an item that comes twice is dropped; without seq items are taken as they come', async () => {
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
  const { stream, told, item } = harness()
  const next = stream.next()
  for (let n = 1; n <= 500; n++) item(n, n)
  await next
  const [got, code] = await drain(stream)
  expect([got.length, code]).toEqual([63, 'OVERLOADED'])
  expect(told.filter((line) => line.startsWith('abort'))).toEqual(['abort the window was exceeded'])
})

test('credit is given in batches, as the consumer takes items', async () => {
  const { stream, told, item } = harness()
  for (let n = 1; n <= 320; n++) {
    const next = stream.next()
    item(n, n)
    expect((await next).value).toMatchObject({ data: n })
  }
  expect(told).toEqual(['start', ...Array.from({ length: 20 }, () => 'credit 16')])
})

test('several items may be asked for at once; an end answers all of them, an error the first', async () => {
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

test('leaving drops what was not read and tells the producer once', async () => {
  const { stream, told, item } = harness()
  const next = stream.next()
  item(1)
  item(2)
  await next
  await stream.return()
  await stream.return()
  item(3)
  stream.completed(9)
  expect(await stream.next()).toEqual({ done: true, value: undefined })
  expect(told).toEqual(['start', 'ended', 'abort the consumer left'])
})

test('a stream that was never started ends without a word to anybody but its map', async () => {
  const { stream, told } = harness()
  await stream[Symbol.asyncDispose]()
  expect(await stream.next()).toEqual({ done: true, value: undefined })
  expect(told).toEqual(['ended'])
})
