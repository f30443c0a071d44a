import { expect, test } from 'vitest'
import { CodedError, errorTable, OperatorError } from './index.ts'

test('the wire form of a coded error has its code, message and details, and not its cause', () => {
  const error = new CodedError('CONFLICT', 'taken', {
    details: { name: 'a' },
    cause: new Error('select * from secrets'),
  })
  expect(JSON.stringify(error.toWire())).toBe(
    '{"code":"CONFLICT","message":"taken","details":{"name":"a"}}',
  )
  expect(error.status).toBe(409)
})

test('a value without a code becomes UNKNOWN_ERROR and keeps the original as cause', () => {
  const original = new TypeError('/root/secret is missing')
  const error = CodedError.from(original)
  expect(error.code).toBe('UNKNOWN_ERROR')
  expect(error.message).not.toContain('secret')
  expect(error.cause).toBe(original)
})

test.each([
  ['UNAVAILABLE', undefined, 'no'],
  ['UNAVAILABLE', { outcome: 'unknown' }, 'unknown'],
  ['UNAVAILABLE', null, 'no'],
  ['UNAVAILABLE', 'text', 'no'],
  ['EXECUTION_ERROR', { more: 1 }, 'yes'],
  ['TIMEOUT', undefined, 'unknown'],
  ['OUT_OF_STOCK', undefined, 'yes'],
])(
  'an error with the code %s and the details %j says of the operation that it ran: %s',
  (code, details, ran) => {
    expect(new CodedError(code, 'It failed.', { details }).ran).toBe(ran)
  },
)

test('the codes and statuses are those of the contract', () => {
  expect(Object.fromEntries(Object.entries(errorTable).map(([c, r]) => [c, r.status]))).toEqual({
    UNAUTHENTICATED: 401,
    ACCESS_DENIED: 403,
    INPUT_REQUIRED: 422,
    OPERATION_NOT_FOUND: 404,
    VALIDATION_ERROR: 400,
    PAYLOAD_TOO_LARGE: 413,
    CONFLICT: 409,
    EXECUTION_ERROR: 500,
    UNKNOWN_ERROR: 500,
    PROVIDER_UNAVAILABLE: 503,
    PROVIDER_LOST: 502,
    TIMEOUT: 504,
    ABORTED: 499,
    OVERLOADED: 503,
    RATE_LIMITED: 429,
    UNAVAILABLE: 503,
  })
})

test.each([
  ['Redis did not start: wrong number', 'Redis did not start: wrong number. Give another.'],
  ['It is missing.', 'It is missing. Give another.'],
  ['Three are wrong:\n  one\n', 'Three are wrong:\n  one\nGive another.'],
])('the message %j and its fix are sentences', (message, text) => {
  expect(new OperatorError(message, 'Give another.').sentences).toBe(text)
})
