import type { ApiKey } from '@alkdev/contracts'
import { expect, test } from 'vitest'
import { run } from '../testing/memory-io.ts'
import { parseResources } from './keys/create.ts'
import { stateOf } from './keys/list.ts'

const key: ApiKey = {
  keyId: '018f4a1e-0000-7000-8000-000000000001',
  ownerId: '018f4a1e-0000-7000-8000-000000000002',
  scopes: ['*'],
  tags: [],
  enabled: true,
  createdAt: '2030-01-01T00:00:00.000Z',
}

test('a key without any right is not made', async () => {
  expect((await run(['keys', 'create', 'ci'])).err).toBe(
    'alkhub: A key without a scope can do nothing. Say what it may do with --scope, for instance --scope tasks:read.\n',
  )
})

test('resources are read from TYPE:ID=ACTION, and a wrong one is named', () => {
  expect(
    parseResources(['spoke:laptop=call', 'spoke:laptop=read', 'project:a:b=read,write']),
  ).toEqual({ 'spoke:laptop': ['call', 'read'], 'project:a:b': ['read', 'write'] })
  for (const text of ['laptop=call', 'spoke:laptop', 'spoke:laptop=', 'spoke:=call', 'a:b=c=d'])
    expect(() => parseResources([text])).toThrow(`not \`${text}\``)
})

test('the state of a key is what it is good for now', () => {
  const now = new Date('2030-06-01T00:00:00Z')
  const later = '2030-07-01T10:00:00.000Z'
  const before = '2030-05-01T10:00:00.000Z'
  expect(stateOf(key, now)).toBe('valid')
  expect(stateOf({ ...key, enabled: false }, now)).toBe('disabled')
  expect(stateOf({ ...key, expiresAt: later }, now)).toBe('valid until 2030-07-01 10:00')
  expect(stateOf({ ...key, expiresAt: before }, now)).toBe('expired')
  expect(stateOf({ ...key, revokedAt: before }, now)).toBe('revoked')
})
