import { expect, test } from 'vitest'
import { eventLoopYielder } from './yield-to-event-loop.ts'

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
