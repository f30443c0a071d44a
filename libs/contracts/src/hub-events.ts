import { SCOPES } from './scopes.ts'
import type { Scope } from './scopes.ts'

/** Events of the hub's event stream, each with the scope that lets an account see those that are not its own. */
export const HUB_EVENTS = {
  'spoke.attached': SCOPES.SPOKES_READ,
  'spoke.suspended': SCOPES.SPOKES_READ,
  'spoke.detached': SCOPES.SPOKES_READ,
  'task.synced': SCOPES.TASKS_READ,
  'key.created': SCOPES.KEYS_READ,
  'key.revoked': SCOPES.KEYS_READ,
  'client.created': SCOPES.CLIENTS_READ,
  'client.deleted': SCOPES.CLIENTS_READ,
} as const satisfies Record<string, Scope>
export type HubEventName = keyof typeof HUB_EVENTS

export const HUB_EVENT_NAMES = Object.keys(HUB_EVENTS) as readonly HubEventName[]
