import type { Identity } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { isGranted, isMember, serves } from './visibility.ts'

const personal = { spokeName: 'laptop', ownerId: 'alice' }
const shared = { ...personal, orgId: 'org-1' }
const bob = (more: Partial<Identity> = {}): Identity => ({ id: 'bob', scopes: ['*'], ...more })

test('a spoke serves its owner, with or without an organization', () => {
  expect(serves(personal, { id: 'alice', scopes: [] })).toBe(true)
  expect(serves(shared, { id: 'alice', scopes: [] })).toBe(true)
  expect(serves(personal, bob())).toBe(false)
})

test('what serves an account alone is closed to its turn in the session of another account', () => {
  const turn = { id: 'alice', scopes: ['*'], sharedOnly: true } as const
  expect(serves(personal, turn)).toBe(false)
  expect(serves(shared, turn)).toBe(false)
  expect(serves(shared, { ...turn, orgIds: ['org-1'] })).toBe(true)
})

test('a spoke of an organization serves its members, and no identity that is a member of none or of another', () => {
  expect(serves(shared, bob({ orgIds: ['org-2', 'org-1'] }))).toBe(true)
  for (const identity of [bob(), bob({ orgIds: [] }), bob({ orgIds: ['org-2'] })]) {
    expect(isMember(shared, identity)).toBe(false)
    expect(serves(shared, identity)).toBe(false)
  }
})

test('a spoke without an organization serves no member of any', () => {
  expect(serves(personal, bob({ orgIds: ['org-1'] }))).toBe(false)
})

test('a grant opens a spoke only with the action call, or with every action', () => {
  for (const key of ['spoke:laptop', 'spoke:*', '*']) {
    expect(serves(personal, bob({ resources: { [key]: ['call'] } }))).toBe(true)
    expect(serves(personal, bob({ resources: { [key]: ['read', '*'] } }))).toBe(true)
    for (const actions of [[], ['read'], ['read', 'write'], ['call:x'], ['CALL']])
      expect(serves(personal, bob({ resources: { [key]: actions } }))).toBe(false)
  }
  expect(serves(personal, bob({ resources: { 'spoke:desktop': ['call'] } }))).toBe(false)
})

test('a grant on all spokes is not a grant on one named spoke', () => {
  expect(isGranted(personal, bob({ resources: { 'spoke:*': ['call'] } }))).toBe(false)
  expect(isGranted(personal, bob({ resources: { 'spoke:laptop': ['call'] } }))).toBe(true)
})
