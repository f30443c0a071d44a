import { deepEqual, equal, ok } from 'node:assert/strict'
import { must } from '@alkdev/std'
import type { Credit } from '../credit.ts'
import { ReceiveWindow } from '../receive-window.ts'
import { STREAM_WINDOW } from '../stream-limits.ts'
import type { ProducerEnd } from './ends.ts'
import { randomOf, range } from './ends.ts'

export interface ProducerCase {
  readonly name: string
  readonly run: (end: ProducerEnd, seed: number) => Promise<void>
  /** Runs once for each seed. Default: once. */
  readonly seeds?: number
  /** Only for producers that can move. */
  readonly moves?: true
}

/** What every producer of a stream does. */
export const producerCases: readonly ProducerCase[] = [
  {
    name: 'a producer sends one window without credit, then waits',
    async run(end) {
      end.produce(2 * STREAM_WINDOW)
      await end.settle()
      deepEqual(end.sent, range(1, STREAM_WINDOW))
      equal(end.count, undefined)
    },
  },
  {
    name: 'a stream shorter than a window ends without credit and says how many items it had',
    async run(end) {
      end.produce(5)
      await end.settle()
      deepEqual([end.sent, end.count], [range(1, 5), 5])
    },
  },
  {
    name: 'a credit covers the items up to its number; a repeated or an older one changes nothing',
    async run(end) {
      end.produce(1000)
      await end.settle()
      for (const [upTo, most] of [
        [STREAM_WINDOW + 16, STREAM_WINDOW + 16],
        [STREAM_WINDOW + 16, STREAM_WINDOW + 16],
        [STREAM_WINDOW, STREAM_WINDOW + 16],
        [100, 100],
        [STREAM_WINDOW + 16, 100],
      ] as const) {
        end.grant({ upTo, credits: 16 })
        await end.settle()
        deepEqual(end.sent, range(1, most))
      }
      end.grant({ upTo: 2000, credits: 1900 })
      await end.settle()
      deepEqual([end.sent, end.count], [range(1, 1000), 1000])
    },
  },
  {
    name: 'whichever credits are lost, repeated or late, no item is sent beyond the highest one and all are sent in order',
    seeds: 25,
    async run(end, seed) {
      const random = randomOf(seed)
      const total = 50 + Math.floor(random() * 200)
      end.produce(total)
      const window = new ReceiveWindow()
      const made: Credit[] = []
      let highest = STREAM_WINDOW
      while (window.received < total) {
        await end.settle()
        equal(end.sent.length, Math.min(highest, total))
        for (const seq of end.sent.slice(window.received)) {
          equal(window.accept(seq), 'next')
          const credit = window.read()
          if (credit !== undefined) made.push(credit)
        }
        // The newest credit replaces lost ones: the bus repeats it with each check, a socket when it is opened again.
        const credit = random() < 0.3 ? made.at(-1) : made[Math.floor(random() * made.length)]
        if (credit === undefined) continue
        end.grant(credit)
        highest = Math.max(highest, credit.upTo)
      }
      await end.settle()
      equal(end.count, total)
    },
  },
  {
    name: 'over connections that are cut again and again every item arrives',
    seeds: 25,
    moves: true,
    async run(end, seed) {
      const random = randomOf(seed)
      const total = 100 + Math.floor(random() * 200)
      end.produce(total)
      const window = new ReceiveWindow()
      let credits: Credit[] = []
      /** Items of `end.sent` that have arrived, or were lost. */
      let seen = 0
      while (window.received < total) {
        await end.settle()
        const choice = random()
        if (choice < 0.05) {
          seen = end.sent.length
          end.move?.()
          const credit = window.reopen()
          credits = credit === undefined ? [] : [credit]
        } else if (choice < 0.3 && credits.length > 0) end.grant(must(credits.shift()))
        else if (seen < end.sent.length) {
          const arrival = window.accept(must(end.sent[seen++]))
          ok(arrival === 'next' || arrival === 'duplicate', `${arrival} at ${window.received}`)
          const credit = arrival === 'next' ? window.read() : undefined
          if (credit !== undefined) credits.push(credit)
        }
      }
      await end.settle()
      equal(end.count, total)
    },
  },
]
