import { expect, test } from 'vitest'
import * as keypal from 'keypal'
import * as memory from 'keypal/memory'
import type { Config, Permission, PermissionScope, StorageOptions } from 'keypal'

test('codes are values under their own names, and make errors', () => {
  for (const [name, code] of Object.entries(keypal.ApiKeyErrorCode)) expect(code).toBe(name)
  expect(keypal.ApiKeyErrorCode).toHaveProperty('CACHE_ERROR')
  const error = keypal.createApiKeyError(keypal.ApiKeyErrorCode.EXPIRED, { keyId: 'k' })
  expect(error).toBeInstanceOf(keypal.ApiKeyError)
  expect(error.toWire()).toEqual({
    code: 'EXPIRED',
    message: 'The key has expired.',
    details: { keyId: 'k' },
  })
})

test('the memory store has an entry of its own', () => {
  expect(Object.keys(memory)).toEqual(['MemoryStore'])
  const config: Config = { storage: new memory.MemoryStore() }
  expect(keypal.createKeys(config).generateKey()).not.toBe('')
})

test('types of the published interface can be named', () => {
  const scope: PermissionScope = 'fs:read'
  const permission: Permission = { scope, description: 'Reads files.' }
  const options: StorageOptions = { ttl: 5 }
  expect([permission.scope, options.ttl]).toEqual(['fs:read', 5])
})
