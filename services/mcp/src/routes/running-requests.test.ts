import { expect, test, vi } from 'vitest'
import { RunningRequests } from './running-requests.ts'

const request = { keyId: 'k1', session: 's1', requestId: 1 }

test('a cancellation cancels the request with its key, session and id', () => {
  const running = new RunningRequests()
  const cancel = vi.fn<() => void>()
  running.add(request, cancel)
  running.cancel({ ...request })
  expect(cancel).toHaveBeenCalledOnce()
})

test.each([
  ['key', { ...request, keyId: 'k2' }],
  ['session', { ...request, session: 's2' }],
  ['id', { ...request, requestId: 2 }],
  ['type of id', { ...request, requestId: '1' }],
  ['session, which is absent', { ...request, session: undefined }],
])('a cancellation with another %s cancels nothing', (_what, cancellation) => {
  const running = new RunningRequests()
  const cancel = vi.fn<() => void>()
  running.add(request, cancel)
  running.cancel(cancellation)
  expect(cancel).not.toHaveBeenCalled()
})

test('a cancellation that matches two requests cancels neither', () => {
  const running = new RunningRequests()
  const cancel = vi.fn<() => void>()
  running.add(request, cancel)
  running.add(request, () => cancel())
  running.cancel(request)
  expect(cancel).not.toHaveBeenCalled()
})

test('a request that has ended is not cancelled', () => {
  const running = new RunningRequests()
  const cancel = vi.fn<() => void>()
  running.add(request, cancel)()
  running.cancel(request)
  expect(cancel).not.toHaveBeenCalled()
})

test('when one of two requests with the same id has ended, the other one can be cancelled', () => {
  const running = new RunningRequests()
  const [first, second] = [vi.fn<() => void>(), vi.fn<() => void>()]
  const end = running.add(request, first)
  running.add(request, second)
  end()
  running.cancel(request)
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1])
})
