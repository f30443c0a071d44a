import type { Identity } from '@alkdev/operations'

/** What decides whom a spoke serves. */
export interface ServedBy {
  readonly spokeName: string
  readonly ownerId: string
  readonly orgId?: string
}

/** The serving rule: a spoke serves its owner, the members of its project's organization, and whom it grants `call`. */
export function serves(provider: ServedBy, identity: Identity): boolean {
  if (provider.ownerId === identity.id) return true
  if (isMember(provider, identity)) return true
  const { spokeName } = provider
  const { resources } = identity
  if (resources === undefined) return false
  return (
    allowsCall(resources[`spoke:${spokeName}`]) ||
    allowsCall(resources['spoke:*']) ||
    allowsCall(resources['*'])
  )
}

/** Does the provider serve an organization whose membership the identity has accepted? */
export function isMember({ orgId }: Pick<ServedBy, 'orgId'>, identity: Identity): boolean {
  return orgId !== undefined && identity.orgIds?.includes(orgId) === true
}

function allowsCall(actions: readonly string[] | undefined): boolean {
  return actions !== undefined && (actions.includes('call') || actions.includes('*'))
}
