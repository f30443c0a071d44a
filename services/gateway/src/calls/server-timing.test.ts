import { expect, test } from 'vitest'
import { serverTiming } from './server-timing.ts'

test('Server-Timing of a successful call has five times', () => {
  const timing = { routeMs: 0.123, queueMs: 1, executeMs: 2.5, totalMs: 4 }
  expect(serverTiming(0.05, 4.4, timing)).toBe(
    'auth;dur=0.05, route;dur=0.12, queue;dur=1, execute;dur=2.5, total;dur=4.4',
  )
})

test('Server-Timing of a failed call has the times of authentication and the whole request', () => {
  expect(serverTiming(0.05, 4.4)).toBe('auth;dur=0.05, total;dur=4.4')
})
