import { expect, test } from 'vitest'
import { isAnswered } from './refresh.ts'

const at = (seconds: number): Date => new Date(seconds * 1000)
const row = { status: 'connected', checkedAt: at(10), lastError: null, updatedAt: at(10) } as const

test('a request is answered once the tools are read and the service is connected, or has failed', () => {
  expect(isAnswered(row, at(9))).toBe(true)
  expect(isAnswered(row, at(11))).toBe(false)
  expect(isAnswered({ ...row, checkedAt: null }, at(9))).toBe(false)
  // What a new service offers is written a moment before its connection.
  expect(isAnswered({ ...row, status: 'connecting' }, at(9))).toBe(false)
  const failed = { ...row, status: 'connecting', checkedAt: null, lastError: 'refused' } as const
  expect(isAnswered(failed, at(9))).toBe(true)
  expect(isAnswered(failed, at(11))).toBe(false)
})
