import type { OpenToolCall } from '@alkdev/storage/sessions'
import { expect, test } from 'vitest'
import { runToolCalls } from './run-tool-calls.ts'
import type { ToolOutcome } from './tool-runner.ts'

const calls = ['a', 'b', 'c'].map((id) => ({ id }) as OpenToolCall)

test('a failure starts no further call, and is thrown when the calls that run have ended', async () => {
  const other = Promise.withResolvers<ToolOutcome>()
  const started: string[] = []
  let isThrown = false
  const failure = new Error('revoked')
  const running = runToolCalls(calls, 2, ({ id }) => {
    started.push(id)
    return id === 'a' ? Promise.reject(failure) : other.promise
  }).catch((error: unknown) => {
    isThrown = true
    throw error
  })
  await new Promise(setImmediate)
  expect(isThrown).toBe(false)
  other.resolve('ended')
  await expect(running).rejects.toBe(failure)
  expect(started).toEqual(['a', 'b'])
})

test('it says whether a call was left', async () => {
  const run = (left: string) => (call: OpenToolCall) =>
    Promise.resolve<ToolOutcome>(call.id === left ? 'left' : 'ended')
  expect([await runToolCalls(calls, 1, run('b')), await runToolCalls(calls, 4, run('x'))]).toEqual([
    true,
    false,
  ])
})
