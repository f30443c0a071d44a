import { expect, test } from 'vitest'
import { storageError } from './storage-error.ts'

const failure = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code })

test.each([
  ['08P01', 'server conn crashed?'],
  ['08P01', 'server closed the connection unexpectedly'],
  ['57P01', 'terminating connection due to administrator command'],
])('a statement that ends with %s %j may have had its effect', (code, message) => {
  expect(storageError(failure(code, message))).toMatchObject({
    code: 'UNAVAILABLE',
    details: { outcome: 'unknown' },
  })
})

test.each([
  ['08P01', 'query_wait_timeout'],
  ['08P01', 'server login has been failing, try again later (server_login_retry)'],
  ['08P01', 'pgbouncer cannot connect to server'],
  ['08001', 'could not connect'],
  ['ECONNREFUSED', 'connect ECONNREFUSED'],
])('a statement that ends with %s %j was not sent', (code, message) => {
  const error = storageError(failure(code, message))
  expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'The database cannot be reached.' })
  expect(error.details).toBeUndefined()
})
