import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { OpenBodies } from './slow-body.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const requests = (count: number): IncomingMessage[] =>
  Array.from({ length: count }, () => new IncomingMessage(new Socket()))

test('all open bodies share one timer, which ends after they have', () => {
  const bodies = new OpenBodies(1000, () => undefined)
  expect(vi.getTimerCount()).toBe(0)
  const open = requests(100)
  for (const request of open) bodies.add(request)
  expect(vi.getTimerCount()).toBe(1)
  for (const request of open) request.emit('close')
  vi.advanceTimersByTime(250)
  expect(vi.getTimerCount()).toBe(0)
  bodies.add(...(requests(1) as [IncomingMessage]))
  expect(vi.getTimerCount()).toBe(1)
  bodies.close()
  expect(vi.getTimerCount()).toBe(0)
})

test('each stalled body is reported once; bodies that progress or are complete are not', () => {
  const idle: IncomingMessage[] = []
  const bodies = new OpenBodies(1000, (request) => idle.push(request))
  const [silent, lively, whole] = requests(3) as [IncomingMessage, IncomingMessage, IncomingMessage]
  let bytes = 0
  Object.defineProperty(lively.socket, 'bytesRead', { get: () => (bytes += 1) })
  for (const request of [silent, lively, whole]) bodies.add(request)
  whole.complete = true
  vi.advanceTimersByTime(750)
  expect(idle).toEqual([])
  vi.advanceTimersByTime(10_000)
  expect(idle).toEqual([silent])
  bodies.close()
})
