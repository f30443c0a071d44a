import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WsSocket } from '../wire/ws-socket.ts'
import { Relay } from './relay.ts'

const limits = { mostUnreadBytes: 1000, maxBlockedMs: 60_000, checkMs: 1000 }

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function setUp() {
  let cut = false
  const relay = new Relay(() => {}, limits)
  const socket: WsSocket = {
    bufferedBytes: 0,
    send: () => true,
    confirm: () => {},
    close: () => {},
    terminate: () => (cut = true),
    pause: () => {},
    resume: () => {},
    pong: () => {},
  }
  relay.open(socket)
  return { relay, cut: () => cut }
}

test('a main thread that does not turn for too long loses its socket', () => {
  const { relay, cut } = setUp()
  vi.advanceTimersByTime(limits.maxBlockedMs)
  relay.take({ do: 'read', bytes: 0 })
  vi.advanceTimersByTime(limits.maxBlockedMs)
  expect(cut()).toBe(false)
  vi.advanceTimersByTime(limits.checkMs)
  expect(cut()).toBe(true)
  relay.end({ code: 1006, reason: '' })
})

test('a thread that stood still itself does not blame the main thread', () => {
  const { relay, cut } = setUp()
  const real = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => real() + 10 * limits.maxBlockedMs)
  vi.advanceTimersByTime(limits.maxBlockedMs)
  expect(cut()).toBe(false)
  relay.end({ code: 1006, reason: '' })
})
