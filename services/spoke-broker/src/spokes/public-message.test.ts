import type { ProvidedCall } from '@alkdev/bus'
import { CallError } from '@alkdev/operations'
import type { CallErrorEvent, OperationSpec } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { publicMessage, secretsOf } from './public-message.ts'
import { spokeError } from './spoke-error.ts'

const spec: OperationSpec = {
  namespace: 'vault',
  name: 'open',
  version: '1.0.0',
  type: 'mutation',
  description: 'Opens.',
  inputSchema: {
    type: 'object',
    properties: {
      password: { type: 'string', 'x-secret': true },
      tokens: { type: 'array', items: { type: 'string', format: 'password' } },
      name: { type: 'string' },
    },
  },
  outputSchema: {},
  errorSchemas: [{ code: 'VAULT_LOCKED', description: 'It is locked.', schema: {} }],
  accessControl: { requiredScopes: [] },
}
const input = { password: 'hunter2/"x"', tokens: ['tok-12345', 'abc'], name: 'front' }
const call = { spec, header: { input } } as unknown as ProvidedCall

function error(event: Partial<CallErrorEvent>): CallError {
  const found = spokeError(
    { requestId: 'r', code: 'EXECUTION_ERROR', message: '', timestamp: 0, ...event },
    call,
    { bytes: 100, maxPayloadBytes: 1_000_000 },
    () => true,
  )
  if (!(found instanceof CallError)) throw new TypeError('checked at once')
  return found
}

test('the secrets of the input are removed from the message and the details of every code', () => {
  expect(secretsOf(call)).toEqual(['hunter2/"x"', 'tok-12345'])
  for (const code of ['EXECUTION_ERROR', 'VAULT_LOCKED', 'VALIDATION_ERROR', 'NEVER_DECLARED']) {
    const { message, details } = error({
      code,
      message: 'front: hunter2/"x" and tok-12345 were refused',
      details: { tried: ['hunter2/"x"'], name: 'front' },
    })
    expect(message).toBe('front: [redacted] and [redacted] were refused')
    expect(JSON.stringify(details)).not.toContain('hunter2')
  }
  expect(error({ details: { tried: ['hunter2/"x"'] } }).details).toEqual({ tried: ['[redacted]'] })
})

test('text that looks like a key or a password in a URL is removed', () => {
  const message = publicMessage(
    'alk_0123456789abcdef and sk-0123456789abcdef at postgres://app:s3cret@db:5432/x',
    [],
    false,
  )
  for (const part of ['0123456789abcdef', 's3cret']) expect(message).not.toContain(part)
  expect(message).toContain('db:5432')
})

test.each([
  ["ENOENT: no such file, open '/home/ann/project/.env'", "ENOENT: no such file, open '[path]'"],
  ['at /srv/app/index.js:10:5 it broke', 'at [path] it broke'],
  ['Error in /app/src/main.ts:3:1', 'Error in [path]'],
  ['C:\\Users\\ann\\x.txt is missing', '[path] is missing'],
  ['see file:///root/x.mjs', 'see [path]'],
  ['boom\n    at f (/root/x.js:1:2)\n    at node:internal/x\nnext', 'boom\nnext'],
  [
    'GET https://api.example.com/home/x answered 404',
    'GET https://api.example.com/home/x answered 404',
  ],
  ['GET /v1/users/5 answered 404', 'GET /v1/users/5 answered 404'],
  ['/input/name must be a string', '/input/name must be a string'],
  ['src/main.ts has 3 errors', 'src/main.ts has 3 errors'],
])('of a thrown error %j becomes %j', (text, clean) => {
  expect(error({ message: text }).message).toBe(clean)
})

test('the message of a declared code keeps its paths', () => {
  expect(error({ code: 'VAULT_LOCKED', message: '/etc/vault/front is locked' }).message).toBe(
    '/etc/vault/front is locked',
  )
})

test('control characters, direction marks and lone surrogates are replaced, and the length is bounded', () => {
  const message = publicMessage('a\u0000b\u001b[31mc\u202ed\u2028e\ud800\tf\ng', [], false)
  expect(message).toBe('a b [31mc d e\ufffd\tf\ng')
  const long = publicMessage('\u{1f600}'.repeat(100_000), [], true)
  expect(long.length).toBe(4000)
  expect(long.isWellFormed()).toBe(true)
})
