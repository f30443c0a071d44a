import { expect, test } from 'vitest'
import { outcomeOfDrained } from './outcome-of-drained.ts'

const error = { code: 'PROVIDER_LOST', message: 'The coordinator stops.' }
const lost = { kind: 'end', status: 'failed', error, ran: 'unknown' } as const

test('the last attempt that a restart aborts is made again, and a call of which one may have run keeps an attempt', () => {
  const again = { kind: 'retry', delayMs: 0, error }
  expect(outcomeOfDrained({ retry: 'keyed', attempts: 1 }, lost)).toEqual({
    ...again,
    uncounted: false,
  })
  expect(outcomeOfDrained({ retry: 'safe', attempts: 3 }, lost)).toEqual({
    ...again,
    uncounted: true,
  })
  expect(outcomeOfDrained({ retry: 'safe', attempts: 1 }, { ...lost, ran: 'no' })).toEqual({
    ...again,
    uncounted: true,
  })
})

test('what must not be repeated ends as lost, and what is made again anyway stays so', () => {
  expect(outcomeOfDrained({ retry: 'never', attempts: 1 }, lost)).toBe(lost)
  const retried = { kind: 'retry', delayMs: 9, uncounted: false, error } as const
  expect(outcomeOfDrained({ retry: 'safe', attempts: 1 }, retried)).toBe(retried)
})
