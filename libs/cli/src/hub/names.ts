import { HubProblemError } from '../failure.ts'
import type { HubClient } from './hub-client.ts'
import { find } from './resolve.ts'

/** For each kind of entity: the operation that lists it, the member with its id, and the member with its name. */
const lists = {
  account: ['accounts.list', 'accountId', 'email'],
  organization: ['orgs.list', 'orgId', 'name'],
  project: ['projects.list', 'projectId', 'slug'],
  client: ['clients.list', 'clientId', 'name'],
  role: ['roles.list', 'roleId', 'name'],
  spoke: ['spokes.list', 'spokeId', 'name'],
  api_key: ['keys.list', 'keyId', 'name'],
} as const

export type NamedKind = keyof typeof lists

/** What a `spokeId` of a call may name: an outside service counts as a spoke. */
export const SPOKE_KINDS = ['spoke', 'client'] as const satisfies readonly NamedKind[]

/** The name of an id, or the id itself. */
export type NameOf = (id: string) => string

/** Maximum items of one kind that are read for their names. */
const MAX_NAMES = 1000

/** Whether ids of this kind have names that `namesOf` finds. */
export function isNamedKind(kind: string): kind is NamedKind {
  return Object.hasOwn(lists, kind)
}

/** Names of the entities of these kinds that the caller may list, up to 1,000 of each. An id without a name is kept. */
export async function namesOf(hub: HubClient, kinds: Iterable<NamedKind>): Promise<NameOf> {
  const names = new Map<string, string>()
  for (const kind of new Set(kinds)) {
    const [operationId, idMember, nameMember] = lists[kind]
    let count = 0
    await find<Readonly<Record<string, unknown>>>(hub, operationId, {}, (item) => {
      const { [idMember]: id, [nameMember]: name } = item
      if (typeof id === 'string' && typeof name === 'string') names.set(id, name)
      count += 1
      return count >= MAX_NAMES
    }).catch((error: unknown) => {
      // A caller that may not list them gets ids.
      if (!(error instanceof HubProblemError)) throw error
    })
  }
  return (id) => names.get(id) ?? id
}
