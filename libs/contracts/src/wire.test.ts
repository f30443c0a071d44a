import { expect, test } from 'vitest'
import {
  BUS_WIRE_VERSION,
  CALL_EVENTS,
  CLOSE_CODES,
  HUB_EVENTS,
  PROTOCOL_VERSION,
  SCOPES,
  SERVICE_NAMES,
  SPOKE_KINDS,
  SUBPROTOCOL,
} from './index.ts'

test('the versions of the protocols have their published values', () => {
  expect({ PROTOCOL_VERSION, BUS_WIRE_VERSION, SUBPROTOCOL }).toEqual({
    PROTOCOL_VERSION: 1,
    BUS_WIRE_VERSION: 2,
    SUBPROTOCOL: 'alkhub.v1',
  })
})

test('the frames of a call have their published names', () => {
  expect(CALL_EVENTS).toEqual([
    'call.requested',
    'call.responded',
    'call.completed',
    'call.aborted',
    'call.error',
    'call.credit',
  ])
})

test('the close codes have their published values', () => {
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
})

test('the kinds of spokes have their published prefixes', () => {
  expect(SPOKE_KINDS).toEqual({ 'dev-env': 'dev', client: 'client', compute: 'compute' })
})

test('the services have their published names', () => {
  expect(SERVICE_NAMES).toEqual([
    'gateway',
    'spoke-broker',
    'coordinator',
    'inference-proxy',
    'mcp',
  ])
})

test('the scopes have their published names', () => {
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
    'schedules:write',
    'webhooks:read',
    'webhooks:write',
    'sessions:read',
    'sessions:write',
    'sessions:approve',
    'coord:write',
    'workflows:read',
    'workflows:write',
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
    'usage:read',
    'budgets:read',
    'budgets:write',
    'inference:use',
    'system:read',
  ])
})

test('the hub events have their published names and scopes', () => {
  expect(HUB_EVENTS).toEqual({
    'spoke.attached': 'spokes:read',
    'spoke.registered': 'spokes:read',
    'spoke.suspended': 'spokes:read',
    'spoke.detached': 'spokes:read',
    'task.synced': 'tasks:read',
    'task.claimed': 'tasks:read',
    'task.released': 'tasks:read',
    'task.changed': 'tasks:read',
    'task.ready': 'tasks:read',
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
    'session.created': 'sessions:read',
    'session.updated': 'sessions:read',
    'session.deleted': 'sessions:read',
    'coord.spawned': 'sessions:read',
    'coord.messaged': 'sessions:read',
    'coord.notified': 'sessions:read',
    'coord.aborted': 'sessions:read',
    'coord.detected': 'sessions:read',
    'coord.merged': 'sessions:read',
    'approval.asked': 'sessions:read',
    'approval.raised': 'sessions:read',
    'approval.answered': 'sessions:read',
    'approval.expired': 'sessions:read',
    'approval.withdrawn': 'sessions:read',
  })
})
