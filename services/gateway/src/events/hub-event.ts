import { HUB_EVENTS } from '@alkdev/contracts'
import { coversScope } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'

/** One entry of the event stream. */
export interface HubEvent {
  /** Id in the stream, `<milliseconds>-<number>`; resumable. */
  readonly id: string
  /** For instance `spoke.attached`. */
  readonly type: string
  /** The subject: a spoke's name, a key's id. */
  readonly subject: string
  readonly payload: unknown
}

/** The fields of a stream entry in Redis' form, alternating name and value. */
export function parseHubEvent(id: string, fields: readonly string[]): HubEvent | undefined {
  const values = new Map<string, string>()
  for (let at = 0; at + 1 < fields.length; at += 2)
    values.set(fields[at] ?? '', fields[at + 1] ?? '')
  const type = values.get('type')
  const subject = values.get('id')
  if (type === undefined || subject === undefined) return undefined
  try {
    return { id, type, subject, payload: JSON.parse(values.get('payload') ?? 'null') as unknown }
  } catch {
    return undefined
  }
}

function ownersOf(payload: unknown): { readonly ownerId?: unknown; readonly orgId?: unknown } {
  return typeof payload === 'object' && payload !== null ? payload : {}
}

/**
 * May the identity see it? It needs the scope of the type (`*` for types that have none), and, when the payload names an owner or
 * an organization, to be that owner or a member. An admin account also sees those of others, as far as its key has the scope.
 */
export function maySee(event: HubEvent, identity: Identity, isAdmin: boolean): boolean {
  const scope = (HUB_EVENTS as Readonly<Record<string, string>>)[event.type]
  if (!coversScope(identity.scopes, scope ?? '*')) return false
  if (isAdmin) return true
  if (scope === undefined) return false
  const { ownerId, orgId } = ownersOf(event.payload)
  if (ownerId === undefined && orgId === undefined) return true
  return ownerId === identity.id || identity.orgIds?.some((id) => id === orgId) === true
}
