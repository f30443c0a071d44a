import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import { expect, test } from 'vitest'
import { createCounters } from '../counters.ts'
import type { Frame } from '../wire/frames.ts'
import { framesOf, LargeInbox } from './large-inbox.ts'

const topic = 'i:me'
const item = (callId: string, seq: number): Frame => ({
  type: 'item',
  callId,
  attempt: 1,
  from: 'p',
  seq,
  output: { data: seq, meta: { source: 'local', operationId: 'x.y', timestamp: 0 } },
})
const stub = (callId: string, key: string): Frame => ({
  type: 'large',
  from: 'p',
  key,
  of: 'item',
  callId,
  attempt: 1,
})

function inbox(): {
  readonly take: (frame: Frame) => void
  seen: string[]
  texts: Map<string, Deferred<string | null>>
  counters: ReturnType<typeof createCounters>
} {
  const texts = new Map<string, Deferred<string | null>>()
  const seen: string[] = []
  const counters = createCounters()
  const made = new LargeInbox({
    fetch: (key) => {
      const text = deferred<string | null>()
      texts.set(key, text)
      return text.promise
    },
    framesOf: (text, of) => framesOf(JSON.parse(text), of),
    counters,
  })
  return {
    texts,
    seen,
    counters,
    take: (frame) =>
      made.take(topic, frame, 10, (whole, bytes) => {
        const what = whole.type === 'item' ? `${whole.callId}${whole.seq}` : whole.type
        seen.push(`${what}:${bytes}`)
      }),
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('frames that follow a large message of the same call wait for it, those of other calls do not', async () => {
  const { take, seen, texts } = inbox()
  take(item('a', 1))
  take(stub('a', 'k2'))
  take(item('a', 3))
  take(stub('a', 'k4'))
  take(item('a', 5))
  take(item('b', 1))
  expect(seen).toEqual(['a1:10', 'b1:10'])
  const text = JSON.stringify({ topic, frames: [item('a', 2)] })
  texts.get('k2')?.resolve(text)
  await settled()
  expect(seen).toEqual(['a1:10', 'b1:10', `a2:${text.length}`, 'a3:10'])
  texts.get('k4')?.resolve(JSON.stringify({ topic, frames: [item('a', 4)] }))
  await settled()
  expect(seen.slice(4)).toEqual([`a4:${text.length}`, 'a5:10'])
})

test('a large message that is missing, unreadable or for another topic is delivered as its stub', async () => {
  const { take, seen, texts, counters } = inbox()
  take(stub('a', 'gone'))
  take(stub('b', 'broken'))
  take(stub('c', 'elsewhere'))
  take(stub('d', 'other'))
  texts.get('gone')?.resolve(null)
  texts.get('broken')?.reject(new Error('no Redis'))
  texts.get('elsewhere')?.resolve(JSON.stringify({ topic: 'i:you', frames: [item('c', 1)] }))
  texts.get('other')?.resolve(JSON.stringify({ topic, frames: [stub('d', 'again')] }))
  await settled()
  expect(seen).toEqual(['large:0', 'large:0', 'large:0', 'large:0'])
  expect(counters.largeMessagesMissing).toBe(4)
})
