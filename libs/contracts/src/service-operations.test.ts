import { compileSchema, holdsSecrets, validateSpec } from '@alkdev/operations'
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
    'approvals.answer coordinator mutation sessions:approve',
    'approvals.get coordinator query ',
    'approvals.list coordinator query ',
    'audit.list gateway query audit:read',
    'budgets.delete inference-proxy mutation budgets:write',
    'budgets.get inference-proxy query budgets:read',
    'budgets.list inference-proxy query budgets:read',
    'budgets.set inference-proxy mutation budgets:write',
    'calls.abort coordinator mutation ',
    'calls.abortMany coordinator mutation ',
    'calls.activity coordinator query ',
    'calls.await coordinator query ',
    'calls.deadLetters coordinator query ',
    'calls.enqueue coordinator mutation calls:enqueue',
    'calls.enqueueMany coordinator mutation calls:enqueue',
    'calls.get coordinator query ',
    'calls.graph coordinator query ',
    'calls.list coordinator query ',
    'calls.queued coordinator query ',
    'calls.repeat coordinator mutation ',
    'calls.repeatDead coordinator mutation calls:enqueue',
    'calls.stats coordinator query ',
    'calls.tree coordinator query ',
    'calls.watch coordinator subscription ',
    'clients.accept mcp mutation clients:write',
    'clients.create gateway mutation clients:write',
    'clients.delete gateway mutation clients:write',
    'clients.get gateway query clients:read',
    'clients.list gateway query clients:read',
    'clients.refresh mcp mutation clients:write',
    'clients.status mcp query clients:read',
    'clients.test mcp mutation clients:write',
    'clients.update gateway mutation clients:write',
    'coord.abort coordinator mutation coord:write',
    'coord.await coordinator query ',
    'coord.detect coordinator mutation ',
    'coord.merge coordinator mutation coord:write',
    'coord.merges coordinator query ',
    'coord.message coordinator mutation coord:write',
    'coord.notify coordinator mutation ',
    'coord.sleep coordinator query ',
    'coord.spawn coordinator mutation coord:write',
    'coord.status coordinator query ',
    'hub.list local query ',
    'hub.schema local query ',
    'hub.search local query ',
    'inbox.list coordinator query ',
    'inference.explain inference-proxy query inference:use',
    'inference.models inference-proxy query inference:use',
    'inference.providers inference-proxy query inference:use',
    'inference.testProvider inference-proxy mutation clients:write',
    'inference.usage inference-proxy query usage:read',
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
    'schedules.create coordinator mutation schedules:write',
    'schedules.delete coordinator mutation schedules:write',
    'schedules.firings coordinator query ',
    'schedules.get coordinator query ',
    'schedules.list coordinator query ',
    'schedules.pause coordinator mutation schedules:write',
    'schedules.resume coordinator mutation schedules:write',
    'schedules.runNow coordinator mutation schedules:write',
    'schedules.update coordinator mutation schedules:write',
    'sessions.archive coordinator mutation sessions:write',
    'sessions.create coordinator mutation sessions:write',
    'sessions.delete coordinator mutation sessions:write',
    'sessions.export coordinator query ',
    'sessions.fork coordinator mutation sessions:write',
    'sessions.get coordinator query ',
    'sessions.import coordinator mutation sessions:write',
    'sessions.list coordinator query ',
    'sessions.messages coordinator query ',
    'sessions.output coordinator query ',
    'sessions.permissions coordinator query ',
    'sessions.prompt coordinator mutation sessions:write',
    'sessions.regrant coordinator mutation sessions:write',
    'sessions.revert coordinator mutation sessions:write',
    'sessions.revokePermission coordinator mutation sessions:write',
    'sessions.setTodos coordinator mutation ',
    'sessions.stop coordinator mutation sessions:write',
    'sessions.unrevert coordinator mutation sessions:write',
    'sessions.watch coordinator subscription ',
    'spokes.delete spoke-broker mutation spokes:write',
    'spokes.disconnect spoke-broker mutation spokes:write',
    'spokes.drain spoke-broker mutation spokes:write',
    'spokes.get spoke-broker query spokes:read',
    'spokes.list spoke-broker query spokes:read',
    'system.health gateway query system:read',
    'tasks.claim coordinator mutation tasks:write',
    'tasks.cost coordinator query tasks:read',
    'tasks.critical coordinator query tasks:read',
    'tasks.export coordinator query tasks:read',
    'tasks.get coordinator query tasks:read',
    'tasks.graph coordinator query tasks:read',
    'tasks.list coordinator query tasks:read',
    'tasks.next coordinator query tasks:read',
    'tasks.release coordinator mutation tasks:write',
    'tasks.reopen coordinator mutation tasks:write',
    'tasks.risk coordinator query tasks:read',
    'tasks.sync coordinator mutation tasks:write',
    'tasks.updateStatus coordinator mutation tasks:write',
    'tasks.waves coordinator query tasks:read',
    'tasks.whatIf coordinator query tasks:read',
    'webhooks.create coordinator mutation webhooks:write',
    'webhooks.delete coordinator mutation webhooks:write',
    'webhooks.deliveries coordinator query webhooks:read',
    'webhooks.get coordinator query webhooks:read',
    'webhooks.list coordinator query webhooks:read',
    'webhooks.repeat coordinator mutation webhooks:write',
    'webhooks.rotate coordinator mutation webhooks:write',
    'webhooks.test coordinator mutation webhooks:write',
    'workflows.abort coordinator mutation workflows:write',
    'workflows.branch coordinator mutation workflows:write',
    'workflows.create coordinator mutation workflows:write',
    'workflows.get coordinator query workflows:read',
    'workflows.list coordinator query workflows:read',
    'workflows.retry coordinator mutation workflows:write',
    'workflows.run coordinator mutation workflows:write',
    'workflows.runs coordinator query workflows:read',
    'workflows.signal coordinator mutation workflows:write',
    'workflows.validate coordinator query workflows:read',
    'workflows.watch coordinator subscription workflows:read',
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

test('the spec of each operation is valid and its schemas compile, which the services do not check when they start', () => {
  for (const { spec } of SERVICE_OPERATIONS) {
    expect(validateSpec(spec)).toBe(spec)
    for (const schema of [spec.inputSchema, spec.outputSchema])
      expect(() => compileSchema(schema).check({})).not.toThrow()
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

test('the outputs with a new key or secret are marked as secret', () => {
  const marked = SERVICE_OPERATIONS.filter(({ spec }) => spec._meta?.[SECRET_OUTPUT] === true)
  expect(marked.map(({ spec }) => spec.name)).toEqual([
    'create',
    'rotate',
    'repeat',
    'create',
    'rotate',
  ])
})

test('the schemas of operations with secrets mark them for encryption', () => {
  const marked = SERVICE_OPERATIONS.filter(({ spec }) => holdsSecrets(spec))
  expect(marked.map(({ spec }) => `${spec.namespace}.${spec.name}`).toSorted()).toEqual([
    'calls.enqueue',
    'calls.enqueueMany',
    'calls.repeat',
    'clients.create',
    'clients.test',
    'clients.update',
    'inference.testProvider',
    'keys.create',
    'keys.rotate',
    'webhooks.create',
    'webhooks.rotate',
  ])
})

test('an output that is marked as secret has a secret in its schema', () => {
  const shownOnce = SERVICE_OPERATIONS.filter(({ spec }) => spec._meta?.[SECRET_OUTPUT] === true)
  for (const { spec } of shownOnce) expect(holdsSecrets(spec)).toBe(true)
})
