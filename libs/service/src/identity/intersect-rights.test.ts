import { expect, test } from 'vitest'
import { intersectRights } from './intersect-rights.ts'

const caller = { id: 'caller', keyId: 'k1', orgIds: ['o1', 'o2'], scopes: ['fs:*', 'hub:list'] }
const spoke = { id: 'spoke', keyId: 'k2', orgIds: ['o2'], scopes: ['fs:read', 'hub:*', 'x:y'] }

test('a nested call acts as the caller, with the rights that both have', () => {
  const both = intersectRights(caller, spoke)
  expect(both).toMatchObject({ id: 'caller', keyId: 'k1', orgIds: ['o2'] })
  expect(both.scopes.toSorted()).toEqual(['fs:read', 'hub:list'])
})

test('resources are intersected action by action, also those on all of a type, and without a common action none is left', () => {
  const a = { ...caller, resources: { 'spoke:*': ['call', 'see'], 'project:p1': ['read'] } }
  const b = { ...spoke, resources: { 'spoke:one': ['call'], 'project:p2': ['read'] } }
  expect(intersectRights(a, b).resources).toEqual({ 'spoke:one': ['call'] })
  expect(intersectRights(a, spoke).resources).toEqual({})
})

test('the rights end with the first of the two', () => {
  expect(intersectRights(caller, spoke)).not.toHaveProperty('rightsEndAtMs')
  expect(intersectRights({ ...caller, rightsEndAtMs: 2000 }, spoke).rightsEndAtMs).toBe(2000)
  const ending = { ...spoke, rightsEndAtMs: 1000 }
  expect(intersectRights(caller, ending).rightsEndAtMs).toBe(1000)
  expect(intersectRights({ ...caller, rightsEndAtMs: 2000 }, ending).rightsEndAtMs).toBe(1000)
})
