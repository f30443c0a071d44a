import { holdsSecrets } from '@alkdev/operations'
import { Kind } from '@alkdev/typebox'
import type { TSchema } from '@alkdev/typebox'
import { expect, test } from 'vitest'
import {
  BUS_WIRE_VERSION,
  CALL_EVENTS,
  CLIENT_CONFIGS,
  CLIENT_TYPES,
  clientSecretPlace,
  CLOSE_CODES,
  DEFAULT_LIMITS,
  HUB_EVENTS,
  isOperationName,
  isReservedNamespace,
  isSpokeName,
  pinnedOperationId,
  PROTOCOL_VERSION,
  SCOPES,
  SECRET_OUTPUT,
  SERVICE_NAMES,
  SERVICE_OPERATIONS,
  serviceSpec,
  specsOf,
  SPOKE_KINDS,
  SUBPROTOCOL,
} from './index.ts'

test('the hub offers exactly these operations, answered by these services, for these scopes', () => {
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

test('every operation has names of the grammar, a title, a description and closed inputs', () => {
  for (const { spec } of SERVICE_OPERATIONS) {
    expect(isOperationName(spec.namespace)).toBe(true)
    expect(isOperationName(spec.name)).toBe(true)
    expect(isReservedNamespace(spec.namespace)).toBe(true)
    expect(spec.title).toBeTruthy()
    expect(spec.description).toMatch(/\.$/)
    expect((spec.inputSchema as TSchema)[Kind]).toBe('Object')
    expect(spec.inputSchema).toMatchObject({ additionalProperties: false })
    expect((spec.outputSchema as TSchema)[Kind]).toBe('Object')
  }
})

test('no schema of the hub is over the limit that it sets for others', () => {
  for (const { spec } of SERVICE_OPERATIONS) {
    expect(JSON.stringify(spec.inputSchema).length).toBeLessThan(DEFAULT_LIMITS.maxSchemaBytes)
    expect(JSON.stringify(spec.outputSchema).length).toBeLessThan(DEFAULT_LIMITS.maxSchemaBytes)
  }
})

test('a spec is found by its id, and an id that is not in the table is refused', () => {
  expect(serviceSpec('keys.create').name).toBe('create')
  expect(() => serviceSpec('hub.register')).toThrow(RangeError)
  expect(specsOf('local').map((spec) => spec.name)).toEqual(['list', 'search', 'schema'])
})

test('what peers depend on has these literal values', () => {
  expect({ PROTOCOL_VERSION, BUS_WIRE_VERSION, SUBPROTOCOL }).toEqual({
    PROTOCOL_VERSION: 1,
    BUS_WIRE_VERSION: 2,
    SUBPROTOCOL: 'alkhub.v1',
  })
  expect(CALL_EVENTS).toEqual([
    'call.requested',
    'call.responded',
    'call.completed',
    'call.aborted',
    'call.error',
    'call.credit',
  ])
  expect(CLOSE_CODES).toEqual({
    DONE: 1000,
    DRAINED: 1001,
    BAD_FRAME: 1008,
    FRAME_TOO_LARGE: 1009,
    OVERLOADED: 1013,
    KEY_NO_LONGER_VALID: 4401,
    SILENT: 4408,
    REPLACED: 4409,
  })
  expect(SPOKE_KINDS).toEqual({ 'dev-env': 'dev', client: 'client', compute: 'compute' })
  expect(SERVICE_NAMES).toEqual([
    'gateway',
    'spoke-broker',
    'coordinator',
    'inference-proxy',
    'mcp',
  ])
  expect(Object.values(SCOPES)).toEqual([
    'spokes:attach',
    'spokes:read',
    'spokes:write',
    'keys:read',
    'keys:write',
    'clients:read',
    'clients:write',
    'calls:read',
    'calls:abort',
    'calls:enqueue',
    'tasks:read',
    'tasks:write',
    'accounts:read',
    'accounts:write',
    'orgs:read',
    'orgs:write',
    'projects:read',
    'projects:write',
    'roles:read',
    'roles:write',
    'audit:read',
    'limits:read',
    'limits:write',
    'inference:use',
  ])
  expect(HUB_EVENTS).toEqual({
    'spoke.attached': 'spokes:read',
    'spoke.registered': 'spokes:read',
    'spoke.suspended': 'spokes:read',
    'spoke.detached': 'spokes:read',
    'task.synced': 'tasks:read',
    'key.created': 'keys:read',
    'key.updated': 'keys:read',
    'key.revoked': 'keys:read',
    'client.created': 'clients:read',
    'client.updated': 'clients:read',
    'client.deleted': 'clients:read',
    'account.created': 'accounts:read',
    'account.updated': 'accounts:read',
    'organization.created': 'orgs:read',
    'organization.updated': 'orgs:read',
    'organization.deleted': 'orgs:read',
    'project.created': 'projects:read',
    'project.updated': 'projects:read',
    'project.deleted': 'projects:read',
    'workspace.created': 'projects:read',
    'workspace.updated': 'projects:read',
    'workspace.deleted': 'projects:read',
    'role.created': 'roles:read',
    'role.updated': 'roles:read',
    'role.deleted': 'roles:read',
  })
})

test('the limits are those of the public contract', () => {
  expect(DEFAULT_LIMITS).toEqual({
    callTimeoutMs: 30_000,
    maxCallTimeoutMs: 600_000,
    subscriptionIdleTimeoutMs: 300_000,
    maxCallDepth: 16,
    initialCredits: 32,
    maxPayloadBytes: 1_048_576,
    maxFrameBytes: 8_388_608,
    maxRegisterBytes: 4_194_304,
    maxRegisteredOperations: 500,
    maxSchemaBytes: 65_536,
    maxInFlightPerSocket: 256,
    maxQueuedPerSocket: 1024,
    heartbeatMs: 2000,
    missedHeartbeats: 3,
    suspendedMs: 15_000,
    maxInferenceBodyBytes: 33_554_432,
    maxIdempotencyKeyLength: 128,
  })
})

test('a pinned id splits at its dots in one way, because no part may contain one', () => {
  expect(pinnedOperationId('dev-env', 'laptop', 'fs.read')).toBe('dev.laptop.fs.read')
  expect(isSpokeName('a.b')).toBe(false)
  expect(isSpokeName('Upper')).toBe(false)
  expect(isSpokeName('a'.repeat(64))).toBe(false)
  expect(isOperationName('fs.read')).toBe(false)
  expect(isOperationName('1st')).toBe(false)
})

test('the namespaces of services and kinds are reserved, those of spokes are free', () => {
  expect(['hub', 'keys', 'dev', 'compute', 'system'].every(isReservedNamespace)).toBe(true)
  expect(['fs', 'git', 'echo'].some(isReservedNamespace)).toBe(false)
})

test('the namespaces of parts that come later are reserved already', () => {
  const later = [
    'schedules',
    'inbox',
    'approvals',
    'budgets',
    'webhooks',
    'mcp',
    'console',
    'models',
  ]
  expect(later.every(isReservedNamespace)).toBe(true)
})

test('the place of a secret, which it is sealed with, never changes', () => {
  expect(clientSecretPlace('0197-id', '')).toBe('client_secrets/0197-id/secret')
  expect(clientSecretPlace('0197-id', 'https://api.example.com')).toBe(
    'client_secrets/0197-id/secret@https://api.example.com',
  )
})

test('outputs that are shown once are marked as secret, so that no caller stores them', () => {
  const marked = SERVICE_OPERATIONS.filter(({ spec }) => spec._meta?.[SECRET_OUTPUT] === true)
  expect(marked.map(({ spec }) => spec.name)).toEqual(['create', 'rotate', 'repeat'])
})

test('what takes or gives a secret is marked in its schema, so that it travels sealed', () => {
  const marked = SERVICE_OPERATIONS.filter(({ spec }) => holdsSecrets(spec))
  expect(marked.map(({ spec }) => `${spec.namespace}.${spec.name}`).toSorted()).toEqual([
    'calls.repeat',
    'clients.create',
    'clients.update',
    'keys.create',
    'keys.rotate',
  ])
  const shownOnce = SERVICE_OPERATIONS.filter(({ spec }) => spec._meta?.[SECRET_OUTPUT] === true)
  for (const { spec } of shownOnce) expect(holdsSecrets(spec)).toBe(true)
})

test('every type of client has a schema for its config', () => {
  expect(Object.keys(CLIENT_CONFIGS)).toEqual([...CLIENT_TYPES])
})
