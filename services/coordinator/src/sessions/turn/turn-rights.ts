import { grantRights, intersectRights } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { readRoleRules, readSessionRules } from '@alkdev/storage/sessions'
import type { Authenticated } from '@alkdev/contracts'

/** With what rights the calls of a turn are made. */
export interface TurnRights {
  readonly identity: Identity
  /** The same before the roles narrow them: for what the hub itself does for the session. */
  readonly granted: Identity
  /** What the grant itself says, whatever its keys and the grants above it have now. */
  readonly stored: Identity
  readonly grantId: string
  /** The keys whose rights are used: to be watched while a call runs. */
  readonly holders: readonly Authenticated[]
}

/**
 * The rights of a turn as they are now: those of its grant and of the grant above it, as far as their keys still have them, narrowed by the scopes of
 * the roles of the session, with the rules of these roles. Throws UNAUTHENTICATED when one of them is not valid any more. `roleChain`: the roles of the session,
 * which never change, where they are known.
 */
export async function turnRights(
  runtime: Pick<ServiceRuntime, 'db' | 'authenticator'>,
  sessionId: string,
  grantId: string | null,
  roleChain?: readonly string[],
): Promise<TurnRights> {
  if (grantId === null) throw revoked()
  const [rights, roles] = await Promise.all([
    grantRights(runtime, grantId),
    roleChain === undefined
      ? readSessionRules(runtime.db, sessionId).then((rules) => rules?.roles)
      : readRoleRules(runtime.db, roleChain),
  ])
  if (rights === undefined || roles === undefined) throw revoked()
  const { identity: granted, granted: stored, holders } = rights
  let identity: Identity = granted
  for (const { scopes } of roles) identity = intersectRights(identity, { ...identity, scopes })
  return {
    identity: { ...identity, sessionId, rules: roles.map((role) => role.rules) },
    granted,
    stored,
    grantId,
    holders,
  }
}

function revoked(): CallError {
  return new CallError('UNAUTHENTICATED', 'The key or the grant of the session is no longer valid.')
}
