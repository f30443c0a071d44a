import { Secret } from '@alkdev/crypto'
import { expect, test } from 'vitest'
import { KEY_PLACE, mayUse, packageHeadersOf } from './provider.ts'

const provider = (orgId: string | null) => ({
  id: 'p',
  name: 'p',
  ownerId: 'alice',
  orgId,
})

test('a provider is used by its account or its organization, and by a turn in the session of another account only through the organization', () => {
  const alice = { id: 'alice', scopes: [], orgIds: ['x'] }
  const turn = { ...alice, sharedOnly: true } as const
  expect([mayUse(provider(null), alice), mayUse(provider(null), turn)]).toEqual([true, false])
  expect([mayUse(provider('x'), alice), mayUse(provider('x'), turn)]).toEqual([true, true])
  expect(mayUse(provider('y'), alice)).toBe(false)
})

test('the key replaces its place in the headers of a package, whatever other headers say', () => {
  const config = {
    baseUrl: 'https://acme.test/v1',
    headers: { 'X-Goog-Api-Key': 'other', 'x-team': 'a' },
  }
  const written = new Headers({ 'x-goog-api-key': KEY_PLACE, 'user-agent': 'sdk' })
  const stored = { id: '1', name: 'acme', ownerId: '2', orgId: null, config, keys: [] }
  const key = new Secret('sk-$&-1')
  expect(packageHeadersOf({ ...stored, key }, written, { traceparent: 't' })).toEqual({
    'x-goog-api-key': 'sk-$&-1',
    'x-team': 'a',
    'user-agent': 'sdk',
    traceparent: 't',
    'accept-encoding': 'identity',
  })
  const plain = { ...stored, config: { baseUrl: config.baseUrl }, key: undefined }
  expect(packageHeadersOf(plain, written)).toEqual({
    'user-agent': 'sdk',
    'accept-encoding': 'identity',
  })
})
