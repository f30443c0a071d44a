import { holdsSecrets } from '@alkdev/operations'
import { Kind } from '@alkdev/typebox'
import type { TSchema } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import {
  DEFAULT_LIMITS,
  isOperationName,
  isReservedNamespace,
  SECRET_OUTPUT,
  SERVICE_OPERATIONS,
  serviceSpec,
  specsOf,
} from './index.ts'

test('the hub offers exactly these operations with these services, types and scopes', () => {
  const table = SERVICE_OPERATIONS.map(({ spec, service }) =>
    [
      `${spec.namespace}.${spec.name}`,
      service,
      spec.type,
      spec.accessControl.requiredScopes.join('+'),
    ].join(' '),
  )
  expect(table.toSorted()).toEqual([
    'accounts.create gateway mutation accounts:write',
    'accounts.get gateway query accounts:read',
    'accounts.list gateway query accounts:read',
    'accounts.me gateway query ',
    'accounts.setStatus gateway mutation accounts:write',
    'accounts.update gateway mutation accounts:write',
    'audit.list gateway query audit:read',
    'calls.abort gateway mutation ',
    'calls.await coordinator query ',
    'calls.deadLetters coordinator query ',
    'calls.enqueue coordinator mutation calls:enqueue',
    'calls.enqueueMany coordinator mutation calls:enqueue',
    'calls.get gateway query ',
    'calls.list coordinator query ',
    'calls.queued coordinator query ',
    'calls.repeat coordinator mutation ',
    'calls.repeatDead coordinator mutation calls:enqueue',
    'calls.tree coordinator query ',
    'calls.watch coordinator subscription ',
    'clients.create gateway mutation clients:write',
    'clients.delete gateway mutation clients:write',
    'clients.get gateway query clients:read',
    'clients.list gateway query clients:read',
    'clients.update gateway mutation clients:write',
    'hub.list local query ',
    'hub.schema local query ',
    'hub.search local query ',
    'inference.models inference-proxy query inference:use',
    'keys.create gateway mutation keys:write',
    'keys.get gateway query keys:read',
    'keys.list gateway query keys:read',
    'keys.revoke gateway mutation keys:write',
    'keys.rotate gateway mutation keys:write',
    'keys.update gateway mutation keys:write',
    'limits.get gateway query limits:read',
    'limits.set gateway mutation limits:write',
    'orgs.accept gateway mutation orgs:write',
    'orgs.addMember gateway mutation orgs:write',
    'orgs.create gateway mutation orgs:write',
    'orgs.decline gateway mutation orgs:write',
    'orgs.delete gateway mutation orgs:write',
    'orgs.get gateway query orgs:read',
    'orgs.invite gateway mutation orgs:write',
    'orgs.list gateway query orgs:read',
    'orgs.listInvitations gateway query orgs:read',
    'orgs.listMembers gateway query orgs:read',
    'orgs.removeMember gateway mutation orgs:write',
    'orgs.setMembership gateway mutation orgs:write',
    'orgs.transferOwnership gateway mutation orgs:write',
    'orgs.update gateway mutation orgs:write',
    'orgs.withdraw gateway mutation orgs:write',
    'projects.create coordinator mutation projects:write',
    'projects.delete coordinator mutation projects:write',
    'projects.get coordinator query projects:read',
    'projects.list coordinator query projects:read',
    'projects.update coordinator mutation projects:write',
    'roles.check coordinator query roles:read',
    'roles.create coordinator mutation roles:write',
    'roles.delete coordinator mutation roles:write',
    'roles.get coordinator query roles:read',
    'roles.list coordinator query roles:read',
    'roles.update coordinator mutation roles:write',
    'spokes.delete spoke-broker mutation spokes:write',
    'spokes.disconnect spoke-broker mutation spokes:write',
    'spokes.get spoke-broker query spokes:read',
    'spokes.list spoke-broker query spokes:read',
    'tasks.list coordinator query tasks:read',
    'tasks.sync coordinator mutation tasks:write',
    'workspaces.create coordinator mutation projects:write',
    'workspaces.delete coordinator mutation projects:write',
    'workspaces.get coordinator query projects:read',
    'workspaces.list coordinator query projects:read',
    'workspaces.update coordinator mutation projects:write',
  ])
})

test('the names and namespaces of operations match the grammar', () => {
  for (const { spec } of SERVICE_OPERATIONS) {
    expect(isOperationName(spec.namespace)).toBe(true)
    expect(isOperationName(spec.name)).toBe(true)
  }
})

test('the namespace of each operation is reserved', () => {
  for (const { spec } of SERVICE_OPERATIONS) expect(isReservedNamespace(spec.namespace)).toBe(true)
})

test('the title of each operation is a phrase that begins with a capital', () => {
  for (const { spec } of SERVICE_OPERATIONS) expect(spec.title).toMatch(/^[A-Z][^.]{3,}$/)
})

test('the description of each operation ends with a full stop', () => {
  for (const { spec } of SERVICE_OPERATIONS) expect(spec.description).toMatch(/^[A-Z].*\.$/s)
})

test('the input of each operation is a closed object', () => {
  for (const { spec } of SERVICE_OPERATIONS) {
    expect((spec.inputSchema as TSchema)[Kind]).toBe('Object')
    expect(spec.inputSchema).toMatchObject({ additionalProperties: false })
  }
})

test('the output of each operation is an object', () => {
  for (const { spec } of SERVICE_OPERATIONS)
    expect((spec.outputSchema as TSchema)[Kind]).toBe('Object')
})

test('the schemas of the hub are below its own limit for schemas', () => {
  for (const { spec } of SERVICE_OPERATIONS) {
    expect(JSON.stringify(spec.inputSchema).length).toBeLessThan(DEFAULT_LIMITS.maxSchemaBytes)
    expect(JSON.stringify(spec.outputSchema).length).toBeLessThan(DEFAULT_LIMITS.maxSchemaBytes)
  }
})

test('serviceSpec returns the spec of an id', () => {
  expect(serviceSpec('keys.create').name).toBe('create')
})

test('serviceSpec refuses an id that is not in the table', () => {
  expect(() => serviceSpec('hub.register')).toThrow(RangeError)
})

test('specsOf returns the specs of one service', () => {
  expect(specsOf('local').map((spec) => spec.name)).toEqual(['list', 'search', 'schema'])
})

test('the outputs with a new key are marked as secret', () => {
  const marked = SERVICE_OPERATIONS.filter(({ spec }) => spec._meta?.[SECRET_OUTPUT] === true)
  expect(marked.map(({ spec }) => spec.name)).toEqual(['create', 'rotate', 'repeat'])
})

test('the schemas of operations with secrets mark them for encryption', () => {
  const marked = SERVICE_OPERATIONS.filter(({ spec }) => holdsSecrets(spec))
  expect(marked.map(({ spec }) => `${spec.namespace}.${spec.name}`).toSorted()).toEqual([
    'calls.repeat',
    'clients.create',
    'clients.update',
    'keys.create',
    'keys.rotate',
  ])
})

test('an output that is marked as secret has a secret in its schema', () => {
  const shownOnce = SERVICE_OPERATIONS.filter(({ spec }) => spec._meta?.[SECRET_OUTPUT] === true)
  for (const { spec } of shownOnce) expect(holdsSecrets(spec)).toBe(true)
})
