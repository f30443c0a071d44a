import { expect, test } from 'vitest'
import { ReceiveWindow } from './receive-window.ts'

test('items are the next one, a duplicate, after a gap, or beyond twice the window', () => {
  const window = new ReceiveWindow(2)
  expect([1, 2, 2, 4].map((seq) => window.accept(seq))).toEqual([
    'next',
    'next',
    'duplicate',
    'gap',
  ])
  expect(window.received).toBe(2)
  expect([3, 4, 5].map((seq) => window.accept(seq))).toEqual(['next', 'next', 'overrun'])
})

test('credit is due when half a window was read, and is an absolute number', () => {
  const window = new ReceiveWindow(4)
  expect([1, 2, 3, 4].map((seq) => window.onRead(seq))).toEqual([undefined, 6, undefined, 8])
  expect(window.position).toEqual({ received: 0, upTo: 8 })
})

test('what a producer announced twice and did not arrive in between is missing', () => {
  const window = new ReceiveWindow(4)
  window.accept(1)
  expect(window.onAnnounced(3)).toBeUndefined()
  window.accept(2)
  expect(window.onAnnounced(4)).toBe(3)
})

test('what the former instance of a moved stream announced does not count', () => {
  const window = new ReceiveWindow(4)
  expect(window.onAnnounced(3)).toBeUndefined()
  window.onMoved()
  expect(window.onAnnounced(1)).toBeUndefined()
})
