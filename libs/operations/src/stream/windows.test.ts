import { expect, test } from 'vitest'
import { CallError } from '../calls/call-error.ts'
import type { Credit } from './credit.ts'
import { ItemQueue } from './item-queue.ts'
import { ReceiveWindow } from './receive-window.ts'
import { SendWindow } from './send-window.ts'
import { incompleteError, overrunError } from './stream-errors.ts'
import { STREAM_WINDOW } from './stream-limits.ts'
import { consumerConformance, producerConformance } from './testing.ts'
import type { ConsumerEnd, ProducerEnd, Read } from './testing.ts'

const nothing = { [Symbol.asyncDispose]: () => Promise.resolve() }

/** The bare window with a queue behind it. */
function consumer(): { end: ConsumerEnd } & AsyncDisposable {
  const window = new ReceiveWindow()
  const credits: Credit[] = []
  const note = (credit: Credit | undefined): void => {
    if (credit !== undefined) credits.push(credit)
  }
  const queue = new ItemQueue<number>(() => note(window.read()))
  const end: ConsumerEnd = {
    credits,
    deliver(seq) {
      const arrival = window.accept(seq)
      if (arrival === 'next') queue.push(seq)
      else if (arrival === 'gap') queue.end(incompleteError('a gap', window.received))
      else if (arrival === 'overrun') queue.end(overrunError(window.received))
    },
    complete(count) {
      queue.end(window.isComplete(count) ? undefined : incompleteError('no', window.received))
    },
    read: () =>
      queue.next().then(
        (next): Read => (next.done === true ? { end: true } : { item: next.value }),
        (error: CallError) => ({ code: error.code, details: error.details }),
      ),
    settle: () => Promise.resolve(),
    move: () => note(window.reopen()),
  }
  return { end, ...nothing }
}

/** The bare window with a loop that fills it. */
function producer(): { end: ProducerEnd } & AsyncDisposable {
  const window = new SendWindow()
  const sent: number[] = []
  let total = 0
  let count: number | undefined
  const fill = (): void => {
    while (window.isOpen && window.sent < total) sent.push(window.take() ?? 0)
    if (window.sent === total) count = total
  }
  const end: ProducerEnd = {
    sent,
    get count() {
      return count
    },
    produce(items) {
      total = items
      fill()
    },
    grant(credit) {
      window.onCredit(credit)
      fill()
    },
    settle: () => Promise.resolve(),
    move() {
      for (let seq = window.readUpTo + 1; seq <= window.sent; seq++) sent.push(seq)
      window.moveTo()
      fill()
    },
  }
  return { end, ...nothing }
}

test.each(consumerConformance(consumer, { moves: true }))(
  'ReceiveWindow: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)

test.each(producerConformance(producer, { moves: true }))('SendWindow: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

test('a producer waits for room only while the credit covers no item, and is rejected when the stream is closed', async () => {
  const window = new SendWindow(2)
  expect([window.take(), window.room(), window.take()]).toEqual([1, undefined, 2])
  const room = window.room()
  expect(window.room()).toBe(room)
  window.grant(3)
  await room
  window.take()
  const closed = window.room()
  window.close(() => new CallError('ABORTED', 'gone'))
  await expect(closed).rejects.toMatchObject({ code: 'ABORTED' })
})

test('a producer that does not wait gets no number beyond twice the window', () => {
  const window = new SendWindow(2)
  expect([1, 2, 3, 4, 5].map(() => window.take())).toEqual([1, 2, 3, 4, undefined])
  expect(window.sent).toBe(4)
})

test('a credit that only counts is added to the former one, and no number is ever beyond what JSON carries', () => {
  const window = new SendWindow()
  window.onCredit({ credits: 16 })
  expect(window.upTo).toBe(STREAM_WINDOW + 16)
  window.onCredit({ credits: 16, upTo: 40 })
  expect(window.upTo).toBe(STREAM_WINDOW + 16)
  window.onCredit({ credits: Number.MAX_SAFE_INTEGER })
  expect(window.upTo).toBe(Number.MAX_SAFE_INTEGER)
})

test('after a move a producer whose consumer only counts sends half a window more; one with absolute credits waits for the next', () => {
  const counted = new SendWindow()
  const absolute = new SendWindow()
  absolute.grant(STREAM_WINDOW + 1)
  for (const window of [counted, absolute]) while (window.isOpen) window.take()
  counted.moveTo()
  absolute.moveTo()
  expect([counted.upTo, absolute.upTo]).toEqual([STREAM_WINDOW + 16, STREAM_WINDOW + 1])
})

test('a consumer that resumes accepts what the producer was granted before, and grants only what its reader has room for', () => {
  const window = new ReceiveWindow(4, { received: 5, read: 3, granted: 12 })
  expect(window.reopen()).toEqual({ upTo: 7, credits: 2 })
  const arrivals = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17].map((seq) => window.accept(seq))
  expect(arrivals.at(-2)).toBe('next')
  expect(arrivals.at(-1)).toBe('overrun')
  expect(window.received).toBe(16)
})

test('a consumer whose reader is a whole window behind grants nothing when it resumes', () => {
  const window = new ReceiveWindow(4, { received: 7, read: 3, granted: 7 })
  expect(window.reopen()).toBeUndefined()
  expect([window.read(), window.read()]).toEqual([undefined, { upTo: 9, credits: 2 }])
})

test('items without numbers are taken as they come, but not after a move, where one may have been lost', () => {
  const window = new ReceiveWindow(4)
  expect([window.accept(), window.accept(), window.isComplete()]).toEqual(['next', 'next', true])
  window.onMoved()
  expect([window.accept(), window.isComplete(), window.isComplete(2)]).toEqual(['gap', false, true])
})

test('what a producer announced twice and did not arrive in between is missing', () => {
  const window = new ReceiveWindow(4)
  window.accept(1)
  expect(window.onAnnounced(3)).toBeUndefined()
  window.accept(2)
  expect(window.onAnnounced(4)).toBe(3)
})

test('what the former producer of a moved stream announced does not count', () => {
  const window = new ReceiveWindow(4)
  expect(window.onAnnounced(3)).toBeUndefined()
  window.onMoved()
  expect(window.onAnnounced(1)).toBeUndefined()
})

test('a reader that leaves gets the end; of several readers that wait the first gets the error', async () => {
  const left = new ItemQueue<number>(() => undefined)
  left.push(1)
  left.leave()
  left.push(2)
  expect(await left.next()).toEqual({ done: true, value: undefined })
  const failed = new ItemQueue<number>(() => undefined)
  const reads = [failed.next(), failed.next()]
  failed.end(new CallError('TIMEOUT', 'late'))
  expect((await Promise.allSettled(reads)).map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
  ])
  expect(await failed.next()).toEqual({ done: true, value: undefined })
})
