import { coversScope } from '@alkdev/operations'
import { array, assert, constantFrom, dictionary, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { enforceNarrower } from './enforce-narrower.ts'

// Wildcards in unusual places.
const scope = constantFrom(
  ...[
    '*',
    'fs:*',
    'fs:read',
    'fs:write',
    'f:*',
    'fs*',
    '*:read',
    '*:*',
    ':*',
    'fs:',
    'fs:re*',
    '',
    '**',
    'fs:read:*',
    'FS:*',
  ],
)
const verbs = ['fs:read', 'fs:write', 'fs:', 'git:read', 'f:read', 'anything', 'fs:read:deep']

function allows(own: readonly string[], asked: readonly string[], resources = {}, given = {}) {
  try {
    enforceNarrower({ id: 'alice', scopes: own, resources }, asked, given)
    return true
  } catch {
    return false
  }
}

test('a key never gets a scope that allows more than its creator may do', () => {
  assert(
    property(array(scope, { maxLength: 4 }), array(scope, { maxLength: 4 }), (own, asked) => {
      const gained = verbs.filter((verb) => coversScope(asked, verb) && !coversScope(own, verb))
      expect(allows(own, asked) ? gained : []).toEqual([])
    }),
    { numRuns: 3000 },
  )
})

test('a caller can give each of its own scopes and actions', () => {
  const actions = array(constantFrom('call', 'read', '*'), { maxLength: 3 })
  const resources = dictionary(constantFrom('spoke:a', 'spoke:*', 'project:b', 'x:y:z'), actions)
  assert(
    property(array(scope, { maxLength: 4 }), resources, (own, given) => {
      expect(allows(own, own, given, given)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('an action on a resource needs the same action on it, on its type, or on all resources', () => {
  const name = constantFrom('spoke:a', 'spoke:b', 'spoke:*', 'spokes:a', 'spoke:', ':a', '*', 'a')
  const actions = array(constantFrom('call', 'read', '*'), { minLength: 1, maxLength: 2 })
  const resources = dictionary(name, actions, { maxKeys: 3 })
  assert(
    property(resources, name, constantFrom('call', 'read', '*'), (own, on, action) => {
      const given = allows([], [], own, { [on]: [action] })
      const type = on.slice(0, on.indexOf(':'))
      const has = [own[on], own[`${type}:*`], own['*']].flatMap((list) => list ?? [])
      expect(given).toBe(has.includes(action) || has.includes('*'))
    }),
    { numRuns: 3000 },
  )
})

test('no other text equals a scope', () => {
  assert(
    property(string({ maxLength: 40 }), (text) => {
      expect(allows(['fs:read'], [text])).toBe(text === 'fs:read')
      expect(allows([], [text])).toBe(false)
    }),
    { numRuns: 2000 },
  )
})

const caller = {
  id: 'a',
  scopes: ['fs:*', 'git:read'],
  resources: { 'spoke:*': ['call'], 'project:1': ['*'] },
}

test('a wildcard of the caller covers the rights below it', () => {
  const resources = { 'spoke:x': ['call'], 'project:1': ['write'] }
  expect(enforceNarrower(caller, ['fs:read', 'fs:*'], resources)).toBeUndefined()
})

test('a wildcard that the caller does not have is refused', () => {
  expect(() => enforceNarrower(caller, ['git:*'], {})).toThrow('at most the rights')
})

test('an action on a resource that the caller has no action on is refused', () => {
  expect(() => enforceNarrower(caller, [], { 'project:2': ['read'] })).toThrow('at most the rights')
})

test('the scope * covers every scope and every resource', () => {
  const all = { id: 'a', scopes: ['*'] }
  expect(enforceNarrower(all, ['x:y', '*'], { 'project:2': ['read'] })).toBeUndefined()
})
