import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { SocketEnd, SocketEvents } from './frame-socket.ts'
import { Connection } from './connection.ts'

const heartbeatMs = 2000

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => vi.useRealTimers())

/** A connection whose hub sends only what the test requests. */
async function setUp() {
  const ends: SocketEnd[] = []
  let events: SocketEvents | undefined
  const connection = await Connection.open(
    async (options) => {
      events = options.events
      return { bufferedBytes: 0, send: () => true, close: () => {}, terminate: () => {} }
    },
    { url: 'ws://hub/ws', key: 'k', signal: new AbortController().signal },
    {
      onCall: () => false,
      onDraining: () => {},
      onConfirmed: () => {},
      onEnd: (end) => ends.push(end),
    },
  )
  connection.setHeartbeat(heartbeatMs)
  return { connection, ends, alive: () => events?.onAlive() }
}

/** The clock advances, the timers do not. */
function standStill(ms: number): void {
  const real = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => real() + ms)
}
afterEach(() => vi.restoreAllMocks())

test('a hub that is silent for three heartbeats counts as lost, at most a quarter of a heartbeat later', async () => {
  const { connection, ends, alive } = await setUp()
  vi.advanceTimersByTime(4700)
  alive()
  vi.advanceTimersByTime(3 * heartbeatMs)
  expect(connection.open).toBe(true)
  vi.advanceTimersByTime(heartbeatMs / 4)
  expect(ends).toEqual([{ code: 4408, reason: 'the hub is silent' }])
})

test.each([1.3, 3, 1000])(
  'a process that was blocked itself for %d heartbeats restarts the wait for the hub',
  async (heartbeats) => {
    const { connection, ends } = await setUp()
    vi.advanceTimersByTime(2 * heartbeatMs)
    standStill(heartbeats * heartbeatMs)
    vi.advanceTimersByTime(3 * heartbeatMs)
    expect(connection.open).toBe(true)
    vi.advanceTimersByTime(heartbeatMs)
    expect(ends).toHaveLength(1)
  },
)
