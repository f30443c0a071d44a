import { once } from 'node:events'
import { expect, test } from 'vitest'
import { AttemptLimit } from './attempt-limit.ts'
import { connectionError } from './upstream-error.ts'

test('an attempt whose time is over ends as a time-out of the provider', async () => {
  using limit = new AttemptLimit(1)
  if (!limit.signal.aborted) await once(limit.signal, 'abort')
  expect(connectionError(limit.signal.reason, 'acme')).toMatchObject({
    code: 'TIMEOUT',
    httpStatus: 504,
    next: 'target',
    mayHaveUsed: true,
  })
})

test('time that counts no more does not end the attempt', async () => {
  const limit = new AttemptLimit(20)
  limit[Symbol.dispose]()
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(limit.signal.aborted).toBe(false)
})
