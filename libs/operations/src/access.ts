import { CallError } from './call-error.ts'
import { pointerGet } from './json-pointer.ts'
import type { AccessControl, Identity } from './types.ts'

/**
 * Whether granted scopes cover a required one. `*` covers everything, `namespace:*` every verb of the namespace; else they must be equal.
 */
export function coversScope(granted: string | readonly string[], required: string): boolean {
  if (typeof granted === 'string') return coversOne(granted, required)
  for (const scope of granted) if (coversOne(scope, required)) return true
  return false
}

function coversOne(granted: string, required: string): boolean {
  if (granted === required || granted === '*') return true
  return granted.endsWith(':*') && required.startsWith(granted.slice(0, -1))
}

/** Whether the identity has all of `requiredScopes` and, if there are any, one of `requiredScopesAny`. No input is needed. */
export function checkScopes(accessControl: AccessControl, identity: Identity | undefined): boolean {
  const any = accessControl.requiredScopesAny
  if (accessControl.requiredScopes.length === 0 && (any === undefined || any.length === 0))
    return true
  if (identity === undefined) return false
  for (const required of accessControl.requiredScopes)
    if (!coversScope(identity.scopes, required)) return false
  return (
    any === undefined ||
    any.length === 0 ||
    any.some((required) => coversScope(identity.scopes, required))
  )
}

/** Whether the rule looks at resources, so that scopes alone do not decide. */
export function needsResource(accessControl: AccessControl): boolean {
  return accessControl.resourceType !== undefined
}

/**
 * Whether the identity has the action on the resource that the input names. `resourceFrom` points at a string, a number or an
 * array of them (all must be allowed); an input that names nothing is refused unless the identity has `type:*`.
 * Without `resourceFrom` any one resource of the type will do. Without `resourceAction` any action will do.
 */
export function checkResource(
  accessControl: AccessControl,
  identity: Identity | undefined,
  input?: unknown,
): boolean {
  const type = accessControl.resourceType
  if (type === undefined) return true
  const resources = identity?.resources
  if (resources === undefined) return false
  const action = accessControl.resourceAction
  if (allows(resources, '*', action) || allows(resources, `${type}:*`, action)) return true
  if (accessControl.resourceFrom === undefined)
    return Object.keys(resources).some(
      (key) => key.startsWith(`${type}:`) && allows(resources, key, action),
    )
  const named = pointerGet(input, accessControl.resourceFrom)
  const ids = Array.isArray(named) ? (named as unknown[]) : [named]
  return (
    ids.length > 0 &&
    ids.every(
      (id) =>
        (typeof id === 'string' || typeof id === 'number') &&
        allows(resources, `${type}:${id}`, action),
    )
  )
}

function allows(
  resources: Readonly<Record<string, readonly string[]>>,
  key: string,
  action: string | undefined,
): boolean {
  if (!Object.hasOwn(resources, key)) return false
  const actions = resources[key]
  if (actions === undefined || actions.length === 0) return false
  return action === undefined || actions.includes(action) || actions.includes('*')
}

/** Scopes and resource together. `input` is what `resourceFrom` points into. */
export function checkAccess(
  accessControl: AccessControl,
  identity: Identity | undefined,
  input?: unknown,
): boolean {
  return (
    checkScopes(accessControl, identity) &&
    (accessControl.resourceType === undefined || checkResource(accessControl, identity, input))
  )
}

/** Throws CallError ACCESS_DENIED that says which scopes or which resource is missing. */
export function enforceAccess(
  accessControl: AccessControl,
  identity: Identity | undefined,
  operationId: string,
  input?: unknown,
): void {
  enforceScopes(accessControl, identity, operationId)
  enforceResource(accessControl, identity, operationId, input)
}

export function enforceScopes(
  accessControl: AccessControl,
  identity: Identity | undefined,
  operationId: string,
): void {
  if (checkScopes(accessControl, identity)) return
  const { requiredScopes, requiredScopesAny } = accessControl
  throw new CallError(
    'ACCESS_DENIED',
    identity === undefined
      ? `${operationId} needs an identity.`
      : `${operationId} needs scopes that this identity does not have.`,
    { operationId, requiredScopes, ...(requiredScopesAny?.length ? { requiredScopesAny } : {}) },
  )
}

export function enforceResource(
  accessControl: AccessControl,
  identity: Identity | undefined,
  operationId: string,
  input?: unknown,
): void {
  if (accessControl.resourceType === undefined || checkResource(accessControl, identity, input))
    return
  const { resourceType, resourceAction, resourceFrom } = accessControl
  throw new CallError(
    'ACCESS_DENIED',
    `${operationId} needs ${resourceAction ?? 'any action'} on ${
      resourceFrom === undefined ? `a ${resourceType}` : `the ${resourceType} at ${resourceFrom}`
    }.`,
    {
      operationId,
      resourceType,
      ...(resourceAction === undefined ? {} : { resourceAction }),
      ...(resourceFrom === undefined ? {} : { resourceFrom }),
    },
  )
}
