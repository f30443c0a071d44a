import { CallError } from '@alkdev/operations'
import type { RetryClass } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { decideRetry } from './retry-policy.ts'

const attempt = (code: string, retry: RetryClass, more: object = {}) =>
  decideRetry({
    error: new CallError(code, 'It failed.'),
    retry,
    attempts: 1,
    maxAttempts: 3,
    backoffMs: 100,
    claims: 1,
    ...more,
  })

test.each(['PROVIDER_UNAVAILABLE', 'OVERLOADED', 'UNAVAILABLE', 'OPERATION_NOT_FOUND'])(
  'an attempt that ended with %s did not run: it is repeated for every class and does not count',
  (code) => {
    for (const retry of ['safe', 'keyed', 'never'] as const)
      expect(attempt(code, retry, { attempts: 3 })).toMatchObject({
        kind: 'retry',
        uncounted: true,
      })
  },
)

test.each(['PROVIDER_LOST', 'TIMEOUT', 'UNKNOWN_ERROR', 'EXECUTION_ERROR'])(
  'an attempt that ended with %s may have run: it is repeated for safe and keyed only, up to the maximum',
  (code) => {
    for (const retry of ['safe', 'keyed'] as const) {
      expect(attempt(code, retry)).toMatchObject({ kind: 'retry', uncounted: false, delayMs: 100 })
      expect(attempt(code, retry, { attempts: 2 })).toMatchObject({ kind: 'retry', delayMs: 200 })
      expect(attempt(code, retry, { attempts: 3 })).toMatchObject({ kind: 'end', status: 'failed' })
    }
    expect(attempt(code, 'never')).toMatchObject({ kind: 'end', status: 'failed' })
  },
)

test.each(['UNAVAILABLE', 'OVERLOADED', 'OPERATION_NOT_FOUND'])(
  'an attempt that ended with %s and an unknown outcome is not repeated for the class never',
  (code) => {
    const error = new CallError(code, 'It may have run.', { outcome: 'unknown' })
    expect(attempt('', 'never', { error })).toMatchObject({ status: 'failed', ran: 'unknown' })
  },
)

test('an attempt that ended with UNAVAILABLE and an unknown outcome counts', () => {
  const error = new CallError('UNAVAILABLE', 'The connection broke.', { outcome: 'unknown' })
  expect(attempt('', 'safe', { error })).toMatchObject({ kind: 'retry', uncounted: false })
  expect(attempt('', 'safe', { error, attempts: 3 })).toMatchObject({ status: 'failed' })
})

test('an error that the operation declares is its answer and is not repeated', () => {
  expect(attempt('OUT_OF_STOCK', 'safe')).toMatchObject({ kind: 'end', ran: 'yes' })
  expect(attempt('VALIDATION_ERROR', 'safe')).toMatchObject({ kind: 'end', ran: 'no' })
})

test('a refusal after an attempt that may have run does not promise that nothing ran', () => {
  expect(attempt('ACCESS_DENIED', 'safe', { attempts: 2 })).toMatchObject({ ran: 'unknown' })
  const error = new CallError('UNAUTHENTICATED', 'Revoked.', { outcome: 'unknown' })
  expect(attempt('', 'safe', { error })).toMatchObject({ kind: 'end', ran: 'unknown' })
})

test('pauses double up to a minute, those for a provider up to ten seconds, or as long as it says', () => {
  expect(attempt('TIMEOUT', 'safe', { attempts: 90, maxAttempts: 100 })).toMatchObject({
    delayMs: 60_000,
  })
  expect(attempt('OVERLOADED', 'safe', { claims: 90 })).toMatchObject({ delayMs: 10_000 })
  const error = new CallError('OVERLOADED', 'Full.', undefined, { retryAfterMs: 30_000 })
  expect(attempt('', 'safe', { error })).toMatchObject({ delayMs: 30_000 })
})

test('an aborted attempt ends the call as aborted', () => {
  expect(attempt('ABORTED', 'safe')).toMatchObject({ kind: 'end', status: 'aborted' })
})
