import { expect, test } from 'vitest'
import { StepFailure } from './step-failure.ts'

const api = (statusCode: number | undefined, body: object = {}, headers: object = {}) =>
  StepFailure.from({
    statusCode,
    responseBody: JSON.stringify({ error: body }),
    responseHeaders: headers,
    message: 'It failed.',
  })

test.each([
  [401, {}, 'revoked', false],
  [402, { code: 'budget_exceeded' }, 'budget', false],
  [413, {}, 'context-exhausted', false],
  [400, { code: 'context_length_exceeded' }, 'context-exhausted', false],
  [400, { code: 'invalid' }, 'provider-error', false],
  [500, {}, 'provider-error', true],
  [undefined, {}, 'provider-error', true],
])('an answer %s %j ends the step with %s', (status, body, reason, isRetryable) => {
  expect(api(status, body)).toMatchObject({ reason, isRetryable })
})

test('a refusal by a budget names the budget', () => {
  expect(api(402, { code: 'budget_exceeded', param: 'b' }).budgetId).toBe('b')
  expect(api(402, { code: 'model_unpriced', param: null }).budgetId).toBeUndefined()
})

test('a provider that refuses for a while says for how long', () => {
  expect(api(429, {}, { 'retry-after': '30' })).toMatchObject({
    reason: 'rate-limit',
    isRetryable: true,
    retryAfterMs: 30_000,
  })
  expect(api(429, {}, { 'retry-after': 'soon' }).retryAfterMs).toBeUndefined()
})

test('an answer that is not JSON keeps the message of the failure', () => {
  expect(
    StepFailure.from({ statusCode: 502, responseBody: '<html>', message: 'Bad gateway' }),
  ).toMatchObject({
    code: 'EXECUTION_ERROR',
    message: 'Bad gateway',
  })
})
