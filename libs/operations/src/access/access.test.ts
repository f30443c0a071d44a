import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkAccess, checkResource, checkScopes, enforceAccess } from './access.ts'
import { CallError } from '../calls/call-error.ts'
import { coversScope } from './scopes.ts'
import type { AccessControl, Identity } from '../registry/types.ts'

const who = (scopes: string[], resources?: Record<string, string[]>): Identity => ({
  id: 'a',
  scopes,
  ...(resources === undefined ? {} : { resources }),
})

test('a granted scope covers itself, its namespace with :*, and everything with *', () => {
  expect(coversScope('fs:read', 'fs:read')).toBe(true)
  expect(coversScope('fs:*', 'fs:read')).toBe(true)
  expect(coversScope('*', 'fs:read')).toBe(true)
  expect(coversScope(['tasks:read', 'fs:*'], 'fs:write')).toBe(true)
  const others = ['fs:write', 'f:*', 'fs*', ':*', '', 'fs:', 'FS:*', 'fs:re*', '**']
  expect(others.filter((granted) => coversScope(granted, 'fs:read'))).toEqual([])
  expect(coversScope('fs:*', 'fsx:read')).toBe(false)
  expect(coversScope('fs:*', 'fs:')).toBe(false)
  expect(coversScope([], 'fs:read')).toBe(false)
})

test('a wildcard covers exactly what starts with its namespace and a colon', () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/)
  fc.assert(
    fc.property(word, word, word, (namespace, other, verb) => {
      expect(coversScope(`${namespace}:*`, `${namespace}:${verb}`)).toBe(true)
      expect(coversScope(`${namespace}:*`, `${other}:${verb}`)).toBe(namespace === other)
    }),
  )
})

test('a scope of several parts is covered by the wildcard of each of its beginnings', () => {
  for (const granted of ['a:b:c', 'a:b:*', 'a:*', '*'])
    expect(coversScope(granted, 'a:b:c')).toBe(true)
  for (const granted of ['a:b', 'a:b:', 'a:c:*', 'b:*', 'a:b:c:*'])
    expect(coversScope(granted, 'a:b:c')).toBe(false)
})

test('all required scopes and one of the alternatives are needed', () => {
  const control: AccessControl = {
    requiredScopes: ['fs:read', 'fs:write'],
    requiredScopesAny: ['a:x', 'b:x'],
  }
  expect(checkScopes(control, who(['fs:*', 'b:x']))).toBe(true)
  expect(checkScopes(control, who(['fs:*']))).toBe(false)
  expect(checkScopes(control, who(['fs:read', 'a:x']))).toBe(false)
  expect(checkScopes(control, undefined)).toBe(false)
  expect(checkScopes({ requiredScopes: [], requiredScopesAny: [] }, undefined)).toBe(true)
})

const named: AccessControl = {
  requiredScopes: [],
  resourceType: 'project',
  resourceAction: 'read',
  resourceFrom: '/projectId',
}

test('a resource rule checks the resource that the input names, not any of its type', () => {
  const identity = who([], { 'project:1': ['read'], 'project:2': ['write'] })
  expect(checkResource(named, identity, { projectId: '1' })).toBe(true)
  expect(checkResource(named, identity, { projectId: 1 })).toBe(true)
  expect(checkResource(named, identity, { projectId: '2' })).toBe(false)
  expect(checkResource(named, identity, { projectId: '3' })).toBe(false)
  expect(checkResource(named, identity, { projectId: ['1', '1'] })).toBe(true)
  expect(checkResource(named, identity, { projectId: ['1', '2'] })).toBe(false)
  const naming = [
    {},
    undefined,
    null,
    'x',
    { projectId: null },
    { projectId: [] },
    { projectId: {} },
  ]
  expect(naming.filter((input) => checkResource(named, identity, input))).toEqual([])
})

test('type:* and * cover every resource, and an action * every action', () => {
  for (const resources of [{ 'project:*': ['read'] }, { '*': ['*'] }, { 'project:*': ['*'] }]) {
    expect(checkResource(named, who([], resources), { projectId: '9' })).toBe(true)
    expect(checkResource(named, who([], resources), {})).toBe(true)
  }
  expect(checkResource(named, who([], { 'role:*': ['*'] }), { projectId: '9' })).toBe(false)
  expect(checkResource(named, who([], { 'project:9': [] }), { projectId: '9' })).toBe(false)
})

test('an input cannot name a resource that ends in * into a grant, or an inherited member', () => {
  expect(checkResource(named, who([], { 'project:1': ['read'] }), { projectId: '*' })).toBe(false)
  const inherited: AccessControl = { ...named, resourceFrom: '/constructor/name' }
  expect(checkResource(inherited, who([], { 'project:Object': ['read'] }), {})).toBe(false)
  expect(
    checkResource({ ...named, resourceType: '__proto__' }, who([], {}), { projectId: 'x' }),
  ).toBe(false)
})

test('without resourceFrom any resource of the type is sufficient, and an invalid pointer allows nothing', () => {
  const any: AccessControl = { requiredScopes: [], resourceType: 'project', resourceAction: 'read' }
  expect(checkResource(any, who([], { 'project:1': ['read'] }))).toBe(true)
  expect(checkResource(any, who([], { 'project:1': ['write'] }))).toBe(false)
  expect(checkResource(any, who([], { 'projects:1': ['read'] }))).toBe(false)
  expect(
    checkResource({ ...named, resourceFrom: 'projectId' }, who([], { 'project:1': ['read'] }), {
      projectId: '1',
    }),
  ).toBe(false)
})

test('resourceType without an action requires any action on the resource', () => {
  const control: AccessControl = { requiredScopes: [], resourceType: 'project', resourceFrom: '/p' }
  expect(checkAccess(control, who([], { 'project:1': ['x'] }), { p: '1' })).toBe(true)
  expect(checkAccess(control, who([]), { p: '1' })).toBe(false)
})

test('a refusal names the missing rights and not those of the caller', () => {
  const refusal = (control: AccessControl, identity: Identity | undefined): CallError => {
    try {
      enforceAccess(control, identity, 'fs.read', { projectId: 'p' })
    } catch (error) {
      if (error instanceof CallError) return error
    }
    throw new Error('was not refused')
  }
  const scopes = refusal({ requiredScopes: ['fs:read'] }, who(['secret:scope']))
  expect(scopes.toWire()).toEqual({
    code: 'ACCESS_DENIED',
    message: 'fs.read needs scopes that this identity does not have.',
    details: { operationId: 'fs.read', requiredScopes: ['fs:read'] },
  })
  expect(refusal({ requiredScopes: ['fs:read'] }, undefined).message).toContain('an identity')
  expect(refusal(named, who([])).toWire()).toEqual({
    code: 'ACCESS_DENIED',
    message: 'fs.read needs read on the project at /projectId.',
    details: {
      operationId: 'fs.read',
      resourceType: 'project',
      resourceAction: 'read',
      resourceFrom: '/projectId',
    },
  })
})
