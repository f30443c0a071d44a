import { CodedError } from '@alkdev/errors'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Outbox } from './outbox.ts'
import type { WriteResult } from './outbox.ts'

const closed = new CodedError('ABORTED', 'closed')

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function socket(): {
  written: string[]
  result: WriteResult
  write: (text: string) => WriteResult
} {
  const state = {
    written: [] as string[],
    result: 'closed' as WriteResult,
    write: (text: string): WriteResult => {
      if (state.result === 'written') state.written.push(text)
      return state.result
    },
  }
  return state
}

test('messages wait in their order until they can be written', async () => {
  const to = socket()
  const outbox = new Outbox({}, to.write)
  const puts = [outbox.put('a'), outbox.put('b')]
  to.result = 'written'
  const third = outbox.put('c')
  expect(to.written).toEqual([])
  outbox.flush()
  await Promise.all([...puts, third])
  expect([to.written, outbox.length]).toEqual([['a', 'b', 'c'], 0])
})

test('a full socket is tried again by itself', async () => {
  const to = socket()
  to.result = 'full'
  const outbox = new Outbox({}, to.write)
  const put = outbox.put('a')
  to.result = 'written'
  await vi.advanceTimersByTimeAsync(10)
  await put
  expect(to.written).toEqual(['a'])
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  ['messages', { maxMessages: 2 }],
  ['bytes', { maxBytes: 4 }],
])('more than the limit of %s are refused', async (_what, limits) => {
  const outbox = new Outbox(limits, socket().write)
  const held = [outbox.put('ä'), outbox.put('b')]
  expect(() => outbox.put('cc')).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
  outbox.close(closed)
  await expect(Promise.allSettled(held)).resolves.toHaveLength(2)
})

test('with drop-oldest the oldest events are removed, as many as needed, and reported', async () => {
  const to = socket()
  const outbox = new Outbox({ maxBytes: 4, overflow: 'drop-oldest' }, to.write)
  const [a, b] = [outbox.put('aa'), outbox.put('b')]
  const c = outbox.put('ccc')
  await expect(a).rejects.toMatchObject({ code: 'OVERLOADED' })
  expect(() => outbox.put('ddddd')).toThrow(expect.objectContaining({ code: 'OVERLOADED' }))
  to.result = 'written'
  outbox.flush()
  await Promise.all([b, c])
  expect(to.written).toEqual(['b', 'ccc'])
})

test('a message that waits too long is rejected with TIMEOUT, the others continue waiting', async () => {
  const to = socket()
  const outbox = new Outbox({ timeoutMs: 100 }, to.write)
  const late = outbox.put('late').catch((error: CodedError) => error.code)
  await vi.advanceTimersByTimeAsync(60)
  const later = outbox.put('later')
  await vi.advanceTimersByTimeAsync(50)
  expect(await late).toBe('TIMEOUT')
  to.result = 'written'
  outbox.flush()
  await later
  expect(to.written).toEqual(['later'])
})

test('whatever happens, the limits hold, the order is kept, and every put settles', async () => {
  const step = fc.oneof(
    fc.record({ put: fc.string({ maxLength: 6 }) }),
    fc.constantFrom('closed', 'full', 'written', 'flush', 'wait'),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom('refuse', 'drop-oldest'),
      async (steps, overflow) => {
        const to = socket()
        const outbox = new Outbox(
          { maxMessages: 3, maxBytes: 10, overflow, timeoutMs: 50 },
          to.write,
        )
        const puts: Promise<unknown>[] = []
        const put = async (text: string): Promise<unknown> => outbox.put(text)
        for (const [at, one] of steps.entries()) {
          if (typeof one === 'object') {
            puts.push(put(`${at}:${one.put}`.slice(0, 6)).catch((error: CodedError) => error.code))
          } else if (one === 'flush') outbox.flush()
          else if (one === 'wait') await vi.advanceTimersByTimeAsync(20)
          else to.result = one
          expect(outbox.length).toBeLessThanOrEqual(3)
        }
        outbox.close(closed)
        const ends = new Set(await Promise.all(puts))
        expect([undefined, 'OVERLOADED', 'TIMEOUT', 'ABORTED']).toEqual(
          expect.arrayContaining([...ends]),
        )
        const order = to.written.map((text) => Number.parseInt(text, 10))
        expect(order).toEqual([...new Set(order)].toSorted((a, b) => a - b))
        expect([outbox.length, vi.getTimerCount()]).toEqual([0, 0])
      },
    ),
  )
})
