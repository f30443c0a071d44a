import { uuidv7 } from '@alkdev/std'
import { expect, test } from 'vitest'
import { attemptOf, requestIdOf } from './request-id.ts'

test('a spoke gets the id of the call, later attempts with their number, and both are parsed', () => {
  const callId = uuidv7()
  expect(requestIdOf({ callId, attempt: 1 })).toBe(callId)
  expect(requestIdOf({ callId, attempt: 3 })).toBe(`${callId}.3`)
  for (const attempt of [1, 2, 16])
    expect(attemptOf(requestIdOf({ callId, attempt }))).toEqual({ callId, attempt })
})

test('an id that this hub never issued is not an attempt', () => {
  const callId = uuidv7()
  for (const id of ['', 'mine', `${callId}.0`, `${callId}.`, `${callId}.99999`, `x${callId}`])
    expect(attemptOf(id)).toBeUndefined()
})
