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
      next: 'target',
      isFault: true,
      mayRepeat: true,
      mayHaveUsed: false,
      message: 'The provider local cannot be reached.',
    })
  },
)

test('after a lost connection the request may have been charged, so the same target is not asked again', () => {
  expect(connectionError(failed('ECONNRESET'), 'local')).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    httpStatus: 503,
    next: 'target',
    mayRepeat: false,
    mayHaveUsed: true,
  })
})

test('all attempts to connect must have failed before the same target may be asked again', () => {
  const both = new AggregateError([failed('ECONNREFUSED'), failed('ECONNRESET')])
  expect(connectionError(both, 'local')).toMatchObject({ mayRepeat: false })
  const refused = new AggregateError([failed('ECONNREFUSED'), failed('ENETUNREACH')])
  expect(connectionError(refused, 'local')).toMatchObject({ mayRepeat: true })
})

test.each([
  ['that has no code', new Error('something')],
  ['of several, none of which has a code', new AggregateError([new Error('something')])],
])('after a failure %s the request may have been charged', (_what, error) => {
  expect(connectionError(error, 'local')).toMatchObject({ mayRepeat: false, mayHaveUsed: true })
})

test('bytes that are no HTTP are a bad answer', () => {
  const error = Object.assign(new Error('Response does not match'), { name: 'HTTPParserError' })
  expect(connectionError(error, 'local')).toMatchObject({
    code: 'UPSTREAM_BAD_ANSWER',
    mayRepeat: false,
    mayHaveUsed: true,
  })
})

test.each([
  ['the headers', failed('UND_ERR_HEADERS_TIMEOUT')],
  ['the request', failed('23', 'TimeoutError')],
])('after a timeout of %s the next target is tried, and not the same one', (_what, error) => {
  expect(connectionError(error, 'local')).toMatchObject({
    code: 'TIMEOUT',
    httpStatus: 504,
    next: 'target',
    mayRepeat: false,
    mayHaveUsed: true,
  })
})

test('a refused address is reported with the provider and without the address', () => {
  const error = connectionError(
    new Error('fetch failed', { cause: new OutboundRefusedError('The address http://10.1.2.3') }),
    'local',
  )
  expect(error).toMatchObject({ code: 'ACCESS_DENIED', next: 'target', isFault: false })
  expect(error.message).toContain('The address of the provider local')
  expect(error.message).not.toContain('10.1.2.3')
})

test('the message of a connection error holds nothing of its cause', () => {
  expect(connectionError(failed('ECONNRESET'), 'local').message).not.toContain('secret')
})

test('after an unusable answer the next target is tried, and not the same one', () => {
  expect(badAnswer('local', 'sent a web page')).toMatchObject({
    code: 'UPSTREAM_BAD_ANSWER',
    message: 'The provider local sent a web page.',
    httpStatus: 502,
    next: 'target',
    mayRepeat: false,
    mayHaveUsed: true,
  })
})
