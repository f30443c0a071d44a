import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { WsSocket } from '../wire/ws-socket.ts'
import { Relay } from './relay.ts'

const limits = { mostUnreadBytes: 1000, reportBlockedMs: 5000, maxBlockedMs: 60_000, checkMs: 1000 }

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

function setUp() {
  let cut = false
  const sent: string[] = []
  const relay = new Relay(() => {}, limits)
  const socket: WsSocket = {
    bufferedBytes: 0,
    send: (text) => {
      sent.push(text)
      return true
    },
    confirm: () => {},
    close: () => {},
    terminate: () => (cut = true),
    pause: () => {},
    resume: () => {},
    pong: () => {},
  }
  relay.open(socket)
  return { relay, cut: () => cut, sent }
}

test('a main thread that is blocked for too long loses its socket', () => {
  const { relay, cut } = setUp()
  vi.advanceTimersByTime(limits.maxBlockedMs)
  relay.take({ do: 'read', bytes: 0 })
  vi.advanceTimersByTime(limits.maxBlockedMs)
  expect(cut()).toBe(false)
  vi.advanceTimersByTime(limits.checkMs)
  expect(cut()).toBe(true)
  relay.end({ code: 1006, reason: '' })
})

test('a thread that was blocked itself does not count the main thread as blocked', () => {
  const { relay, cut } = setUp()
  const real = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => real() + 10 * limits.maxBlockedMs)
  vi.advanceTimersByTime(limits.maxBlockedMs)
  expect(cut()).toBe(false)
  relay.end({ code: 1006, reason: '' })
})

test('the hub is notified once when the main thread is blocked, and once when it responds again', () => {
  const { relay, sent } = setUp()
  const frames = () => sent.map((text) => JSON.parse(text) as { type: string; payload: object })
  vi.advanceTimersByTime(limits.reportBlockedMs)
  expect(sent).toEqual([])
  vi.advanceTimersByTime(10 * limits.checkMs)
  expect(frames()).toMatchObject([
    { type: 'hub.responsive', id: '', payload: { responsive: false, blockedMs: 6000 } },
  ])
  relay.take({ do: 'read', bytes: 0 })
  relay.take({ do: 'read', bytes: 0 })
  expect(frames().slice(1)).toMatchObject([{ payload: { responsive: true, blockedMs: 0 } }])
  relay.end({ code: 1006, reason: '' })
})
