import { expect, test } from 'vitest'
import { eventLoopYielder, runInSlices } from './yield-to-event-loop.ts'

test('other work of the process runs while long work yields', async () => {
  const yieldToEventLoop = eventLoopYielder()
  const other = { ran: false }
  setImmediate(() => {
    other.ran = true
  })
  while (!other.ran) await yieldToEventLoop()
  expect(other.ran).toBe(true)
})

test('an aborted signal ends the work at its next yield', async () => {
  const controller = new AbortController()
  const yieldToEventLoop = eventLoopYielder(controller.signal)
  await yieldToEventLoop()
  controller.abort(new Error('no longer needed'))
  await expect(yieldToEventLoop()).rejects.toThrow('no longer needed')
})

test('work in slices lets timers run, and is ended by its signal', async () => {
  const controller = new AbortController()
  let ended = false
  function* endless(): Generator<void, never> {
    try {
      for (;;) yield
    } finally {
      ended = true
    }
  }
  setTimeout(() => controller.abort(new Error('no longer needed')), 1)
  await expect(runInSlices(endless(), controller.signal)).rejects.toThrow('no longer needed')
  expect(ended).toBe(true)
})

test('work in slices resolves with what it returns and rejects with what it throws', async () => {
  function* sum(): Generator<void, number> {
    let total = 0
    for (let at = 1; at <= 4; at++) {
      yield
      total += at
    }
    return total
  }
  function* faulty(): Generator<void, number> {
    yield
    throw new Error('faulty')
  }
  expect(await runInSlices(sum())).toBe(10)
  await expect(runInSlices(faulty())).rejects.toThrow('faulty')
})
