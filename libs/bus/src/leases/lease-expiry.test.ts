import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LeaseExpiry } from './lease-expiry.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const noLeases = (): boolean => false

/** Time passes while Redis answers every half second. */
function connected(expiry: LeaseExpiry, ms: number): void {
  expiry.read(performance.now(), noLeases)
  for (let at = 0; at < ms; at += 500) {
    vi.advanceTimersByTime(500)
    expiry.read(performance.now(), noLeases)
  }
}

test('on a stable connection a missing lease proves the loss at once', () => {
  const expiry = new LeaseExpiry(3000)
  connected(expiry, 1000)
  expect(expiry.isExpired('a')).toBe(true)
})

test('after an outage a missing lease proves nothing during the grace period', () => {
  const expiry = new LeaseExpiry(3000)
  expiry.interrupted()
  connected(expiry, 2500)
  expect(expiry.isExpired('a')).toBe(false)
  connected(expiry, 500)
  expect(expiry.isExpired('a')).toBe(true)
})

test('repeated outages do not postpone the proof without a limit', () => {
  const expiry = new LeaseExpiry(3000)
  for (let at = 0; at < 6; at++) {
    expiry.interrupted()
    expect(expiry.isExpired('a')).toBe(false)
    connected(expiry, 500)
    vi.advanceTimersByTime(1000)
  }
  expiry.interrupted()
  expect(expiry.isExpired('a')).toBe(true)
  expect(expiry.isExpired('b')).toBe(false)
})

test('an id that was seen again in between starts a new period', () => {
  const expiry = new LeaseExpiry(3000)
  expiry.interrupted()
  expect(expiry.isExpired('a')).toBe(false)
  connected(expiry, 2500)
  expiry.read(performance.now(), (id) => id === 'a')
  expiry.interrupted()
  connected(expiry, 1000)
  expect(expiry.isExpired('a')).toBe(false)
})
