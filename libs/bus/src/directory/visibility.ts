import type { Identity } from '@alkdev/operations'

/** The attributes that decide which accounts a spoke, or an outside service, serves. */
export interface ServedBy {
  /** Absent: a spoke. */
  readonly providerType?: 'client'
  readonly spokeName: string
  readonly ownerId: string
  readonly orgId?: string
}

/** The serving rule: a spoke serves its owner, the members of its project's organization, and whom it grants `call`; an outside service likewise. */
export function serves(provider: ServedBy, identity: Identity): boolean {
  if (isOwner(provider, identity)) return true
  if (isMember(provider, identity) || isGranted(provider, identity)) return true
  const { resources } = identity
  return (
    allowsCall(resources?.[`${provider.providerType ?? 'spoke'}:*`]) || allowsCall(resources?.['*'])
  )
}

/** Does the provider belong to the identity, and may the identity use what serves it alone? */
export function isOwner({ ownerId }: Pick<ServedBy, 'ownerId'>, identity: Identity): boolean {
  return ownerId === identity.id && identity.sharedOnly !== true
}

/** Does the provider serve an organization whose membership the identity has accepted? */
export function isMember({ orgId }: Pick<ServedBy, 'orgId'>, identity: Identity): boolean {
  return orgId !== undefined && identity.orgIds?.includes(orgId) === true
}

/** Does the identity hold a grant on this named spoke? A grant on all spokes does not count. */
export function isGranted({ providerType, spokeName }: ServedBy, { resources }: Identity): boolean {
  return allowsCall(resources?.[`${providerType ?? 'spoke'}:${spokeName}`])
}

function allowsCall(actions: readonly string[] | undefined): boolean {
  return actions !== undefined && (actions.includes('call') || actions.includes('*'))
}
