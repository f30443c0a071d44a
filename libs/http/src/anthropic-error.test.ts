import { CodedError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { anthropicError, anthropicErrorType, isAnthropicPath } from './anthropic-error.ts'
import { testApp } from './testing/test-app.ts'

test.each([
  ['/v1/messages', {}, true],
  ['/v1/messages?beta=true', {}, true],
  ['/v1/messages/count_tokens', {}, true],
  ['/v1/models', { 'anthropic-version': '2023-06-01' }, true],
  ['/v1/models', {}, false],
  ['/v1/messagesx', {}, false],
  ['/v1/chat/completions', { 'anthropic-version': '2023-06-01' }, false],
])('errors of %s with %j have the shape of Anthropic: %s', (url, headers, expected) => {
  expect(isAnthropicPath(url, headers)).toBe(expected)
})

test.each([
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [422, 'invalid_request_error'],
  [429, 'rate_limit_error'],
  [502, 'api_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
])('the status %i is a %s', (status, type) => {
  expect(anthropicErrorType(status)).toBe(type)
})

test('an error has its message, the code of the hub and the id of the request', () => {
  expect(anthropicError(new CodedError('RATE_LIMITED', 'Slow down.'), 'r-1')).toEqual({
    type: 'error',
    error: { type: 'rate_limit_error', message: 'Slow down.', code: 'rate_limited' },
    request_id: 'r-1',
  })
})

test('an error names what it is about, as the errors for OpenAI do', () => {
  const error = new CodedError('BUDGET_EXCEEDED', 'No room.', { details: { param: 'b-1' } })
  expect(anthropicError(error)).toMatchObject({
    error: { code: 'budget_exceeded', param: 'b-1' },
  })
})

test('an address below /v1/messages that is not there is refused in the shape of Anthropic', async () => {
  const answer = await testApp({}).inject({ method: 'POST', url: '/v1/messages/none' })
  expect(answer.statusCode).toBe(404)
  expect(answer.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } })
})
