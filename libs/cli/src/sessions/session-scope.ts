import type { Approval } from '@alkdev/contracts'
import type { HubClient } from '../hub/hub-client.ts'
import { oneLine } from './tool-text.ts'

/** Characters of a pattern at most. */
const MAX_PATTERN = 1024

type SessionScope =
  | { readonly scope: 'session'; readonly resourcePattern: string }
  /** The call alone. */
  | { readonly scope: 'once' }

/** What is said when a call was allowed for the rest of its session. */
export function scopeText(given: SessionScope): string {
  if (given.scope === 'once') return 'Allowed once: as a pattern it would allow other calls.'
  return given.resourcePattern === '*'
    ? 'Allowed in this session.'
    : `Allowed in this session, on ${oneLine(given.resourcePattern)}.`
}

/**
 * What an answer that allows a call for the rest of its session covers: calls of the operation on the same resource, the path or command that the person
 * sees; all calls of an operation that has no resources. A call without a resource of its own, or with one that would match others as a pattern, is
 * allowed once.
 */
export async function sessionScope(hub: HubClient, approvalId: string): Promise<SessionScope> {
  const { details } = await hub.call<Approval>('approvals.get', { approvalId })
  const { resource } = (details ?? {}) as { readonly resource?: unknown }
  if (resource === null) return { scope: 'session', resourcePattern: '*' }
  if (typeof resource !== 'string' || resource.includes('*')) return { scope: 'once' }
  const resourcePattern = resource.trim()
  return resourcePattern === '' || resourcePattern.length > MAX_PATTERN
    ? { scope: 'once' }
    : { scope: 'session', resourcePattern }
}
