import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Heartbeat } from './heartbeat.ts'
import type { Beating } from './heartbeat.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => vi.useRealTimers())

class Socket implements Beating {
  seenAt = performance.now()
  pings = 0
  silentAt: number | undefined
  answers = true

  ping(): void {
    this.pings += 1
    if (this.answers) this.seenAt = performance.now()
  }

  silent(): void {
    this.silentAt ??= performance.now()
  }
}

test('every socket is pinged once in a heartbeat', () => {
  const heartbeat = new Heartbeat(2000, 3)
  const sockets = Array.from({ length: 9 }, () => new Socket())
  for (const socket of sockets) heartbeat.add(socket)
  vi.advanceTimersByTime(20_000)
  expect(sockets.map((socket) => socket.pings)).toEqual(sockets.map(() => 10))
  heartbeat.delete(sockets[0] as Socket)
  vi.advanceTimersByTime(2000)
  expect(sockets[0]?.pings).toBe(10)
  heartbeat.stop()
})

test('a socket that is silent for three heartbeats is closed, half a second later at most', () => {
  const heartbeat = new Heartbeat(2000, 3)
  const socket = new Socket()
  heartbeat.add(socket)
  vi.advanceTimersByTime(5000)
  socket.answers = false
  const frozenAt = socket.seenAt
  vi.advanceTimersByTime(9000)
  expect(socket.silentAt).toBeGreaterThan(frozenAt + 6000)
  expect(socket.silentAt).toBeLessThanOrEqual(frozenAt + 6500)
  heartbeat.stop()
})

test('a process that was stopped itself closes no socket', () => {
  const heartbeat = new Heartbeat(2000, 3)
  const socket = new Socket()
  heartbeat.add(socket)
  vi.advanceTimersByTime(1000)
  // The clock continues, the timers do not.
  const stoodStill = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)
  vi.advanceTimersByTime(500)
  expect(socket.silentAt).toBeUndefined()
  stoodStill.mockRestore()
  heartbeat.stop()
})
