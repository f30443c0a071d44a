import type { Call } from '@alkdev/contracts'
import { expect, test } from 'vitest'
import { fittingCall } from './fitting-call.ts'

const call: Call = { callId: 'c', operationId: 'a.b', status: 'completed', input: 'i', output: 'o' }

test('a call that fits is given as it is', () => {
  expect(fittingCall(call, 4096)).toBe(call)
})

test('of a call that is too long the input is left out first, then the output, and it says so', () => {
  const long = 'é'.repeat(4000)
  const state = { callId: 'c', operationId: 'a.b', status: 'completed' }
  expect(fittingCall({ ...call, input: long }, 8192)).toEqual({
    ...state,
    output: 'o',
    omitted: ['input'],
  })
  expect(fittingCall({ ...call, output: long }, 8192)).toEqual({
    ...state,
    omitted: ['input', 'output'],
  })
})
