import { createServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { CodedError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { callOperationOf } from './openapi/from-openapi/fixtures/call-operation.ts'
import { failureCode, wasNeverSent } from './never-sent.ts'

const failed = async (url: string): Promise<unknown> =>
  callOperationOf({ operation: {} }, url).catch((error: unknown) => error)

test.each([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'ENOTFOUND',
  'EHOSTUNREACH',
])('after %s nothing was sent (B11)', (code) => {
  const cause = Object.assign(new Error('x'), { code })
  expect(wasNeverSent(new TypeError('fetch failed', { cause }))).toBe(true)
})

test.each([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
  'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC',
])('after %s it is unknown whether something ran (B11)', (code) => {
  const cause = Object.assign(new Error('x'), { code, syscall: 'read' })
  expect(wasNeverSent(new TypeError('fetch failed', { cause }))).toBe(false)
})

test('a connection that timed out was never made, one that timed out later may have been used (B11)', () => {
  const connect = Object.assign(new Error('x'), { code: 'ETIMEDOUT', syscall: 'connect' })
  const several = Object.assign(new AggregateError([connect]), { code: 'ETIMEDOUT' })
  expect(wasNeverSent(new TypeError('fetch failed', { cause: several }))).toBe(true)
  const read = Object.assign(new Error('x'), { code: 'ETIMEDOUT', syscall: 'read' })
  expect(wasNeverSent(new TypeError('fetch failed', { cause: read }))).toBe(false)
})

test('a port that fetch does not connect to is PROVIDER_UNAVAILABLE with the reason (B11)', async () => {
  expect(await failed('http://127.0.0.1:6666')).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    details: { reason: 'BLOCKED_PORT' },
  })
  expect(failureCode(new Error('bad port'))).toBe('BLOCKED_PORT')
})

test('a server without a certificate that fits any client is PROVIDER_UNAVAILABLE (B11)', async () => {
  const server = createServer({}, (socket) => socket.end())
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    expect(await failed(`https://127.0.0.1:${port}`)).toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      details: { reason: expect.stringContaining('ALERT_HANDSHAKE_FAILURE') as string },
    })
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})

test('the refusal of a guarded connection is passed on with its code and message', async () => {
  const cause = new CodedError('ACCESS_DENIED', 'The address is not a public address.')
  const refusing: typeof fetch = async () => {
    throw new TypeError('fetch failed', { cause })
  }
  await expect(
    callOperationOf({ operation: {} }, 'http://192.0.2.1', {}, { fetch: refusing }),
  ).rejects.toMatchObject({ code: 'ACCESS_DENIED', message: cause.message })
})

test('the code of the system is named before that of a library that met it', () => {
  const met = Object.assign(new Error('x'), { code: 'ECONNREFUSED', syscall: 'connect' })
  const negotiation = { code: 'ERA_NEGOTIATION_FAILED' }
  expect(failureCode(Object.assign(new Error('x', { cause: met }), negotiation))).toBe(met.code)
  expect(failureCode(Object.assign(new Error('x'), negotiation))).toBe(negotiation.code)
})
