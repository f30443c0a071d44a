import type { Role } from '@alkdev/storage'
import { assert, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { matchesPattern } from '@alkdev/operations'
import { effectiveRole, permissionRule, roleChain } from './effective-role.ts'

function role(id: string, more: Partial<Role> = {}): Role {
  const now = new Date(0)
  return {
    id,
    name: id,
    description: null,
    mode: 'primary',
    temperature: null,
    permissions: [],
    tools: {},
    prompt: null,
    parentId: null,
    scopes: [],
    data: null,
    metadata: {},
    createdAt: now,
    updatedAt: now,
    ...more,
  }
}

const allow = (action: string, pattern = '*') => ({ action, permission: 'allow' as const, pattern })
const deny = (action: string, pattern = '*') => ({ action, permission: 'deny' as const, pattern })

test('a role decides before its parent, and takes from it what it does not say itself', () => {
  const parent = role('parent', {
    permissions: [allow('bash'), deny('*')],
    tools: { bash: true, edit: true },
    prompt: 'The prompt of the parent.',
    temperature: 0.7,
    scopes: ['fs:read'],
  })
  const child = role('child', {
    parentId: 'parent',
    permissions: [deny('bash', 'rm*')],
    tools: { edit: false },
    scopes: ['fs:read', 'git:read'],
  })
  const effective = effectiveRole(roleChain(child, [parent, child]))
  expect(effective).toEqual({
    permissions: [deny('bash', 'rm*'), allow('bash'), deny('*')],
    tools: { bash: true, edit: false },
    prompt: 'The prompt of the parent.',
    temperature: 0.7,
    scopes: ['fs:read', 'git:read'],
  })
  expect(permissionRule(effective.permissions, 'bash', 'rm -rf x')).toEqual(deny('bash', 'rm*'))
  expect(permissionRule(effective.permissions, 'bash', 'ls')).toEqual(allow('bash'))
  expect(permissionRule(effective.permissions, 'write', 'x')).toEqual(deny('*'))
  expect(permissionRule([], 'read', 'x')).toBeUndefined()
})

test('a cycle in stored roles ends at the limit', () => {
  const [a, b] = [role('a', { parentId: 'b' }), role('b', { parentId: 'a' })]
  expect(roleChain(a, [a, b]).map(({ id }) => id)).toEqual(['a', 'b'])
})

test('without a temperature a primary role has 0.3 and a subagent 0.2', () => {
  expect(effectiveRole([role('a')]).temperature).toBe(0.3)
  expect(effectiveRole([role('a', { mode: 'subagent' })]).temperature).toBe(0.2)
})

test('a pattern means the same as the regular expression made from it', () => {
  const text = string({ unit: constantFrom('a', 'b', '.', '*', ' '), maxLength: 12 })
  assert(
    property(text, text, (pattern, subject) => {
      const source = pattern
        .split('*')
        .map((part) => RegExp.escape(part))
        .join('[\\s\\S]*')
      expect(matchesPattern(pattern, subject)).toBe(new RegExp(`^${source}$`).test(subject))
    }),
    { numRuns: 2000 },
  )
})
