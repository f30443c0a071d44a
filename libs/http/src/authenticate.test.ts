import type { Authenticated } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { expect, test } from 'vitest'
import { authenticatePlugin, keyFromHeaders } from './index.ts'
import type { HttpApp } from './index.ts'
import { testApp } from './testing/test-app.ts'

const known: Authenticated = Object.freeze({
  identity: { id: 'account', scopes: ['*'] },
  expiresAtMs: 1,
})
const authenticator = {
  authenticate(
    headers: Parameters<typeof keyFromHeaders>[0],
  ): Authenticated | Promise<Authenticated> {
    const key = keyFromHeaders(headers)
    if (key === 'alk_cached') return known
    if (key === 'alk_stored') return Promise.resolve(known)
    throw new CodedError('UNAUTHENTICATED', 'The key is not valid.')
  },
}

async function guardedApp(): Promise<HttpApp> {
  const app = testApp()
  await app.register(async (scope) => {
    await scope.register(authenticatePlugin, { authenticator })
    scope.get('/me', ({ identity, authenticated }) => [
      identity,
      authenticated,
      authenticated === known,
    ])
    scope.post('/body', (request) => request.body)
  })
  return app
}

test('a request has the identity and the result of the check of the key in either header', async () => {
  const app = await guardedApp()
  const get = async (headers: Record<string, string>) => app.inject({ url: '/me', headers })
  expect((await get({ authorization: 'Bearer alk_cached' })).json()).toEqual([
    known.identity,
    known,
    true,
  ])
  expect((await get({ authorization: 'bearer alk_stored' })).json()).toEqual([
    known.identity,
    known,
    true,
  ])
  expect((await get({ 'x-api-key': 'alk_cached' })).json()).toEqual([known.identity, known, true])
  const both = { authorization: 'Bearer alk_cached', 'x-api-key': 'alk_cached' }
  expect((await get(both)).statusCode).toBe(200)
})

test.each([
  ['no key', {}],
  ['another scheme', { authorization: 'Basic YTpi' }],
  ['a bare scheme', { authorization: 'Bearer' }],
  ['a wrong key', { authorization: 'Bearer alk_wrong' }],
  ['two different keys', { authorization: 'Bearer alk_cached', 'x-api-key': 'alk_stored' }],
  ['another scheme beside a good key', { authorization: 'Basic YTpi', 'x-api-key': 'alk_cached' }],
])('%s is UNAUTHENTICATED', async (_what, headers) => {
  const app = await guardedApp()
  const answer = await app.inject({ url: '/me', headers: headers as Record<string, string> })
  expect(answer.statusCode).toBe(401)
  expect(answer.headers['www-authenticate']).toBe('Bearer')
  expect(answer.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('a request without a key is refused before its body is read', async () => {
  const app = await guardedApp()
  const answer = await app.inject({ method: 'POST', url: '/body', payload: 'not json' })
  expect(answer.statusCode).toBe(401)
})
