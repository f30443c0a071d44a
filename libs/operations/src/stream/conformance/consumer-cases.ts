import { deepEqual, ok } from 'node:assert/strict'
import { must } from '@alkdev/std'
import { SendWindow } from '../send-window.ts'
import { STREAM_TOLERANCE, STREAM_WINDOW } from '../stream-limits.ts'
import type { ConsumerEnd, Read } from './ends.ts'
import { randomOf, range } from './ends.ts'

const HALF = STREAM_WINDOW / 2

export interface ConsumerCase {
  readonly name: string
  readonly run: (end: ConsumerEnd, seed: number) => Promise<void>
  /** Runs once for each seed. Default: once. */
  readonly seeds?: number
  /** Only for consumers that can move. */
  readonly moves?: true
}

async function reads(end: ConsumerEnd, items: number): Promise<Read[]> {
  const got: Read[] = []
  while (got.length < items) got.push(await end.read())
  return got
}

const items = (numbers: readonly number[]): Read[] => numbers.map((item) => ({ item }))

/** What every consumer of a stream does. */
export const consumerCases: readonly ConsumerCase[] = [
  {
    name: 'items are read in order, a duplicate is dropped, and the end follows the last item',
    async run(end) {
      for (const seq of [1, 2, 2, 1, 3, 3]) end.deliver(seq)
      end.complete(3)
      deepEqual(await reads(end, 4), [...items([1, 2, 3]), { end: true }])
    },
  },
  {
    name: 'an item after a gap ends the stream with PROVIDER_LOST, after the items before the gap',
    async run(end) {
      for (const seq of [1, 2, 4, 5]) end.deliver(seq)
      deepEqual(await reads(end, 2), items([1, 2]))
      isLost(await end.read(), 2)
    },
  },
  {
    name: 'an end that counts more items than came ends the stream with PROVIDER_LOST',
    async run(end) {
      end.deliver(1)
      end.complete(2)
      deepEqual(await reads(end, 1), items([1]))
      isLost(await end.read(), 1)
    },
  },
  {
    name: 'the first item beyond twice the window ends the stream with PROVIDER_LOST, reason overrun',
    async run(end) {
      const most = STREAM_WINDOW + STREAM_TOLERANCE
      for (const seq of range(1, most + 3)) end.deliver(seq)
      await end.settle()
      deepEqual(await reads(end, most), items(range(1, most)))
      isLost(await end.read(), most, 'overrun')
    },
  },
  {
    name: 'credit is sent for every half window that was read, and never for what only arrived',
    async run(end) {
      for (const seq of range(1, STREAM_WINDOW)) end.deliver(seq)
      await end.settle()
      deepEqual(end.credits, [])
      for (const seq of range(1, 5 * STREAM_WINDOW)) {
        if (seq > STREAM_WINDOW) end.deliver(seq)
        deepEqual(await end.read(), { item: seq })
      }
      await end.settle()
      const due = range(1, 10).map((n) => ({ upTo: STREAM_WINDOW + n * HALF, credits: HALF }))
      deepEqual(
        end.credits.map(({ upTo, credits }) => ({ upTo, credits })),
        due,
      )
    },
  },
  {
    name: 'whatever the order of arrivals, duplicates and reads, each item is read once and the credit is what was read',
    seeds: 25,
    async run(end, seed) {
      const random = randomOf(seed)
      const total = 40 + Math.floor(random() * 200)
      let delivered = 0
      let read = 0
      while (read < total) {
        const upTo = end.credits.at(-1)?.upTo ?? STREAM_WINDOW
        const choice = random()
        if (choice < 0.1 && delivered > 0) end.deliver(1 + Math.floor(random() * delivered))
        else if (choice < 0.6 && delivered < Math.min(upTo, total)) end.deliver(++delivered)
        else if (read < delivered) {
          read += 1
          deepEqual(await end.read(), { item: read })
          await end.settle()
          const last = end.credits.at(-1)?.upTo ?? STREAM_WINDOW
          ok(last <= read + STREAM_WINDOW && last > read + HALF, `credit ${last} after ${read}`)
        }
      }
      end.complete(total)
      deepEqual(await end.read(), { end: true })
      const upTos = end.credits.map(({ upTo }) => upTo)
      deepEqual(
        upTos,
        [...new Set(upTos)].toSorted((a, b) => a - b),
      )
    },
  },
  {
    name: 'a stream whose connection is cut again and again loses no item and repeats none',
    seeds: 25,
    moves: true,
    async run(end, seed) {
      const random = randomOf(seed)
      const total = 100 + Math.floor(random() * 200)
      const window = new SendWindow()
      let onTheWay: number[] = []
      let arrived = 0
      let read = 0
      /** Credits that have reached the producer, or were lost. */
      let seen = 0
      const deliver = (seq: number): void => {
        if (seq === arrived + 1) arrived = seq
        end.deliver(seq)
      }
      while (read < total) {
        const choice = random()
        if (choice < 0.02) {
          // Some of what was on the way arrives before the cut, the rest is lost, and so is every credit that was on the way.
          for (const seq of onTheWay.slice(0, Math.floor(random() * onTheWay.length))) deliver(seq)
          await end.settle()
          seen = end.credits.length
          end.move?.()
          window.moveTo()
          onTheWay = range(window.readUpTo + 1, window.sent)
        } else if (choice < 0.4 && window.isOpen && window.sent < total) {
          onTheWay.push(must(window.take()))
        } else if (choice < 0.7 && onTheWay.length > 0) deliver(must(onTheWay.shift()))
        else if (choice < 0.8) {
          for (; seen < end.credits.length; seen++) window.onCredit(must(end.credits[seen]))
        } else if (read < arrived) {
          read += 1
          deepEqual(await end.read(), { item: read })
          await end.settle()
        }
      }
      end.complete(total)
      deepEqual(await end.read(), { end: true })
    },
  },
]

function isLost(read: Read, received: number, reason?: string): void {
  ok('code' in read, `read ${JSON.stringify(read)}`)
  const { code, details } = read as { code: string; details: Record<string, unknown> }
  deepEqual([code, details['outcome'], details['received']], ['PROVIDER_LOST', 'unknown', received])
  if (reason !== undefined) deepEqual(details['reason'], reason)
}
