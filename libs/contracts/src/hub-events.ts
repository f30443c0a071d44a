import { SCOPES } from './scopes.ts'
import type { Scope } from './scopes.ts'

/** Events of the hub's event stream, each with the scope that lets an account see those that are not its own. */
export const HUB_EVENTS = {
  'spoke.attached': SCOPES.SPOKES_READ,
  'spoke.registered': SCOPES.SPOKES_READ,
  'spoke.suspended': SCOPES.SPOKES_READ,
  'spoke.detached': SCOPES.SPOKES_READ,
  'task.synced': SCOPES.TASKS_READ,
  'key.created': SCOPES.KEYS_READ,
  'key.updated': SCOPES.KEYS_READ,
  'key.revoked': SCOPES.KEYS_READ,
  'client.created': SCOPES.CLIENTS_READ,
  'client.updated': SCOPES.CLIENTS_READ,
  'client.deleted': SCOPES.CLIENTS_READ,
  'account.created': SCOPES.ACCOUNTS_READ,
  'account.updated': SCOPES.ACCOUNTS_READ,
  'organization.created': SCOPES.ORGS_READ,
  'organization.updated': SCOPES.ORGS_READ,
  'organization.deleted': SCOPES.ORGS_READ,
  'project.created': SCOPES.PROJECTS_READ,
  'project.updated': SCOPES.PROJECTS_READ,
  'project.deleted': SCOPES.PROJECTS_READ,
  'workspace.created': SCOPES.PROJECTS_READ,
  'workspace.updated': SCOPES.PROJECTS_READ,
  'workspace.deleted': SCOPES.PROJECTS_READ,
  'role.created': SCOPES.ROLES_READ,
  'role.updated': SCOPES.ROLES_READ,
  'role.deleted': SCOPES.ROLES_READ,
} as const satisfies Record<string, Scope>
export type HubEventName = keyof typeof HUB_EVENTS

export const HUB_EVENT_NAMES = Object.keys(HUB_EVENTS) as readonly HubEventName[]
