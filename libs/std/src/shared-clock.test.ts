import { afterEach, expect, test, vi } from 'vitest'
import { clearSharedClock, clockSkewMs, setSharedClock, sharedNow, uuidv7 } from './index.ts'

const MINUTE_MS = 60_000
const timeOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
const real = Date.now()

afterEach(() => {
  clearSharedClock()
  vi.useRealTimers()
})

test('without a reading the shared clock is that of the machine', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: real })
  expect([sharedNow(), clockSkewMs()]).toEqual([real, 0])
})

test.each([5, -5, 60 * 24 * 30])(
  'a clock that is %i minutes ahead, or jumps so far, changes neither the shared clock nor new ids',
  (minutes) => {
    setSharedClock(real)
    vi.useFakeTimers({ toFake: ['Date'], now: real + minutes * MINUTE_MS })
    for (const ms of [sharedNow(), timeOf(uuidv7())])
      expect(Math.abs(ms - real)).toBeLessThan(MINUTE_MS)
    expect(Math.abs(clockSkewMs() - minutes * MINUTE_MS)).toBeLessThan(MINUTE_MS)
  },
)

test('ids return to the clock after it jumped ahead for a while, and rise while it goes back by less than 10 seconds (K5)', () => {
  const ahead = real + 30 * 24 * 60 * MINUTE_MS
  expect(timeOf(uuidv7(ahead))).toBe(ahead)
  const before = uuidv7(ahead + 20_000)
  const slightly = uuidv7(ahead + 10_001)
  expect(slightly > before).toBe(true)
  expect(timeOf(slightly)).toBe(ahead + 20_000)
  expect(timeOf(uuidv7(real))).toBe(real)
  const ids = Array.from({ length: 5000 }, () => uuidv7(real))
  expect(ids).toEqual(ids.toSorted())
  expect(new Set(ids).size).toBe(5000)
})
