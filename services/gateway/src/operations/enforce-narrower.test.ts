import { coversScope } from '@alkdev/operations'
import { array, assert, constantFrom, dictionary, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { enforceNarrower } from './enforce-narrower.ts'

// Wildcards in unusual places: none of these may match more than it states.
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

test('a caller can grant its own rights, scope by scope and action by action', () => {
  const actions = array(constantFrom('call', 'read', '*'), { maxLength: 3 })
  const resources = dictionary(constantFrom('spoke:a', 'spoke:*', 'project:b', 'x:y:z'), actions)
  assert(
    property(array(scope, { maxLength: 4 }), resources, (own, given) => {
      expect(allows(own, own, given, given)).toBe(true)
    }),
    { numRuns: 1000 },
  )
})

test('an action on a resource is granted only by a caller that has it on that resource, on all of its type, or everywhere', () => {
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

test('no text becomes a scope by accident', () => {
  assert(
    property(string({ maxLength: 40 }), (text) => {
      expect(allows(['fs:read'], [text])).toBe(text === 'fs:read')
      expect(allows([], [text])).toBe(false)
    }),
    { numRuns: 2000 },
  )
})
