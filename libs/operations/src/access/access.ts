import { AccessRule } from './access-rule.ts'
import type { AccessControl, Identity } from '../registry/types.ts'

const rules = new WeakMap<AccessControl, AccessRule>()

/** One rule for one access control object, which must not be changed afterwards. */
export function accessRule(accessControl: AccessControl): AccessRule {
  let rule = rules.get(accessControl)
  if (rule === undefined) rules.set(accessControl, (rule = new AccessRule(accessControl)))
  return rule
}

/** Whether the identity has all of `requiredScopes` and, if there are any, one of `requiredScopesAny`. No input is needed. */
export function checkScopes(accessControl: AccessControl, identity: Identity | undefined): boolean {
  return accessRule(accessControl).checkScopes(identity)
}

/**
 * Whether the identity has the action on the resource that the input names. `resourceFrom` points at a string, a number or a
 * list of them (all must be allowed); an input that names no resource is refused unless the identity has `type:*` (or `*`).
 * Without `resourceFrom` any resource of the type is sufficient. Without `resourceAction` any action is; a granted `*` covers every action.
 */
export function checkResource(
  accessControl: AccessControl,
  identity: Identity | undefined,
  input?: unknown,
): boolean {
  return accessRule(accessControl).checkResource(identity, input)
}

/** Scopes and resource together. `input` is what `resourceFrom` points into. */
export function checkAccess(
  accessControl: AccessControl,
  identity: Identity | undefined,
  input?: unknown,
): boolean {
  const rule = accessRule(accessControl)
  return rule.checkScopes(identity) && rule.checkResource(identity, input)
}

/** Throws CallError ACCESS_DENIED that says which scopes or which resource is missing. */
export function enforceAccess(
  accessControl: AccessControl,
  identity: Identity | undefined,
  operationId: string,
  input?: unknown,
): void {
  const rule = accessRule(accessControl)
  rule.enforceScopes(identity, operationId)
  rule.enforceResource(identity, operationId, input)
}
