import { OutboundRefusedError } from '@alkdev/outbound'
import { expect, test } from 'vitest'
import { badAnswer, connectionError } from './upstream-error.ts'

const failed = (code: string, name = 'Error'): Error =>
  Object.assign(new Error('https://secret@host'), { code, name })

test.each(['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'])(
  'after %s nothing was sent, so the next target may be tried',
  (code) => {
    expect(connectionError(failed(code), 'local')).toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      httpStatus: 503,
      failover: true,
      retryAfterMs: 1000,
      message: 'The provider local can not be reached.',
    })
  },
)

test('after a lost connection the request may have been charged, so no other target is tried', () => {
  expect(connectionError(failed('ECONNRESET'), 'local')).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    httpStatus: 503,
    failover: false,
  })
})

test('all attempts to connect must have failed before another target may be tried', () => {
  const both = new AggregateError([failed('ECONNREFUSED'), failed('ECONNRESET')])
  expect(connectionError(both, 'local')).toMatchObject({ failover: false })
  const refused = new AggregateError([failed('ECONNREFUSED'), failed('ENETUNREACH')])
  expect(connectionError(refused, 'local')).toMatchObject({ failover: true })
})

test.each([
  ['the headers', failed('UND_ERR_HEADERS_TIMEOUT')],
  ['the request', failed('23', 'TimeoutError')],
])('a timeout of %s is TIMEOUT without another attempt', (_what, error) => {
  expect(connectionError(error, 'local')).toMatchObject({
    code: 'TIMEOUT',
    httpStatus: 504,
    failover: false,
  })
})

test('a refused address is reported with the provider and without the address', () => {
  const error = connectionError(
    new Error('fetch failed', { cause: new OutboundRefusedError('The address http://10.0.0.1') }),
    'local',
  )
  expect(error).toMatchObject({ code: 'ACCESS_DENIED', failover: true })
  expect(error.message).toContain('The address of the provider local')
  expect(error.message).not.toContain('10.0.0.1')
})

test('the message of a connection error holds nothing of its cause', () => {
  expect(connectionError(failed('ECONNRESET'), 'local').message).not.toContain('secret')
})

test('an unusable answer is UPSTREAM_BAD_ANSWER without another attempt', () => {
  expect(badAnswer('local', 'sent a web page')).toMatchObject({
    code: 'UPSTREAM_BAD_ANSWER',
    message: 'The provider local sent a web page.',
    httpStatus: 502,
    failover: false,
  })
})
