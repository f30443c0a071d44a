import { CallError } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { CallFacts } from './step-facts.ts'
import { failedStep } from './step-outcome.ts'
import type { FailurePlace } from './step-outcome.ts'

const NONE = new CallFacts().of('step')

const outcome = (code: string, place: Partial<FailurePlace> = {}, details?: unknown) =>
  failedStep(new CallError(code, 'It failed.', details), {
    retryClass: 'safe',
    facts: NONE,
    backoffMs: 1000,
    maxLost: 5,
    patienceMs: 60_000,
    waitedMs: 0,
    ...place,
  })

test('what has not run is called again whatever the class, until the patience is over', () => {
  for (const retryClass of ['safe', 'keyed', 'never'] as const)
    for (const code of ['PROVIDER_UNAVAILABLE', 'OPERATION_NOT_FOUND', 'OVERLOADED', 'UNAVAILABLE'])
      expect(outcome(code, { retryClass })).toMatchObject({ retry: 'always', ran: 'no' })
  expect(outcome('PROVIDER_UNAVAILABLE', { waitedMs: 60_000 })).toMatchObject({ retry: 'never' })
  const facts = { ...NONE, unavailable: 40 }
  expect(outcome('OVERLOADED', { facts })).toMatchObject({ delayMs: 60_000 })
})

test('a lost call is repeated without counting if it may be, a few times, and is final otherwise', () => {
  const unknown = { outcome: 'unknown' }
  expect(outcome('PROVIDER_LOST', {}, unknown)).toMatchObject({ retry: 'always', ran: 'unknown' })
  expect(outcome('PROVIDER_LOST', { retryClass: 'keyed' }, unknown).retry).toBe('always')
  expect(outcome('PROVIDER_LOST', { retryClass: 'never' }, unknown).retry).toBe('never')
  const facts = { ...NONE, lost: 4 }
  expect(outcome('PROVIDER_LOST', { facts }, unknown).retry).toBeUndefined()
})

test('other failures count for what may be repeated, with a pause that doubles', () => {
  expect(outcome('EXECUTION_ERROR')).toMatchObject({ ran: 'yes', delayMs: 1000 })
  expect(outcome('EXECUTION_ERROR').retry).toBeUndefined()
  expect(outcome('TIMEOUT', { facts: { ...NONE, failures: 3 } })).toMatchObject({ delayMs: 8000 })
  expect(outcome('EXECUTION_ERROR', { retryClass: 'never' }).retry).toBe('never')
})

test.each(['ABORTED', 'ACCESS_DENIED', 'UNAUTHENTICATED', 'VALIDATION_ERROR', 'PAYLOAD_TOO_LARGE'])(
  '%s is final',
  (code) => {
    expect(outcome(code)).toMatchObject({ retry: 'never', delayMs: 0 })
  },
)
