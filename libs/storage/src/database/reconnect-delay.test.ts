import { expect, test } from 'vitest'
import { MAX_RECONNECT_DELAY_MS, reconnectDelay } from './reconnect-delay.ts'

test('the delay grows to half a second and no further, however many attempts failed', () => {
  const highest = (retries: number) => reconnectDelay(retries, () => 1) * 1000
  expect([0, 1, 2, 3].map(highest)).toEqual([25, 50, 100, 200])
  for (const retries of [5, 50, 5000, Number.MAX_SAFE_INTEGER])
    expect(highest(retries)).toBe(MAX_RECONNECT_DELAY_MS)
  expect(reconnectDelay(50, () => 0) * 1000).toBe(MAX_RECONNECT_DELAY_MS / 2)
})
