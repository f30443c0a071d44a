import type { EffectiveRole, RolePermission } from '@alkdev/contracts'
import { matchesPattern } from '@alkdev/operations'
import type { Role } from '@alkdev/storage'

/** More parents than this are a cycle, which the database refuses. */
const MAX_DEPTH = 32

/** The role and its parents, the role itself first. */
export function roleChain(role: Role, all: readonly Role[]): readonly Role[] {
  const byId = new Map(all.map((one) => [one.id, one]))
  const chain: Role[] = []
  for (let at: Role | undefined = role; at !== undefined && chain.length < MAX_DEPTH;) {
    if (chain.some((one) => one.id === at?.id)) break
    chain.push(at)
    at = at.parentId === null ? undefined : byId.get(at.parentId)
  }
  return chain
}

/**
 * The effective values of a role: its own rules before those of its parents (the first match decides), each tool as in the nearest role,
 * the nearest prompt and temperature (default 0.3 for a primary role, 0.2 for a subagent), and the scopes of all.
 */
export function effectiveRole(chain: readonly Role[]): EffectiveRole {
  const prompt = chain.find((role) => role.prompt !== null)?.prompt
  const temperature = chain.find((role) => role.temperature !== null)?.temperature
  return {
    permissions: chain.flatMap((role) => role.permissions),
    tools: Object.assign({}, ...chain.toReversed().map((role) => role.tools)) as Record<
      string,
      boolean
    >,
    temperature: temperature ?? (chain[0]?.mode === 'subagent' ? 0.2 : 0.3),
    ...(prompt != null && { prompt }),
    scopes: [...new Set(chain.flatMap((role) => role.scopes))],
  }
}

/** The first rule that matches an action and its object. Without one the action is denied. */
export function permissionRule(
  permissions: readonly RolePermission[],
  action: string,
  on: string,
): RolePermission | undefined {
  return permissions.find(
    (one) => matchesPattern(one.action, action) && matchesPattern(one.pattern, on),
  )
}
