import { coversScope } from '@alkdev/operations'
import type { ResourceScopes } from './records.ts'

/** The scopes of a record's metadata. */
export interface ScopeHolder {
  readonly scopes: readonly string[]
  readonly resources: ResourceScopes
}

export interface ScopeOptions {
  /** `"type:id"`: scopes granted on it (or on `"type:*"`) count beside the global ones. */
  readonly resource?: string
}

const NONE: readonly string[] = []

function onResource(resources: ResourceScopes, resource: string): readonly string[] {
  const own = Object.hasOwn(resources, resource) ? (resources[resource] ?? NONE) : NONE
  const type = `${resource.slice(0, resource.indexOf(':'))}:*`
  const all =
    resource.includes(':') && Object.hasOwn(resources, type) ? (resources[type] ?? NONE) : NONE
  return all.length === 0 ? own : [...own, ...all]
}

/**
 * Does the holder have the scope? As in access control: `*` covers everything, `namespace:*` its namespace. Scopes of the resource count
 * beside the global ones.
 */
export function hasScope(holder: ScopeHolder, scope: string, options: ScopeOptions = {}): boolean {
  if (coversScope(holder.scopes, scope)) return true
  return (
    options.resource !== undefined &&
    coversScope(onResource(holder.resources, options.resource), scope)
  )
}

/** One of them; false for none asked. */
export function hasAnyScope(
  holder: ScopeHolder,
  scopes: readonly string[],
  options?: ScopeOptions,
): boolean {
  return scopes.some((scope) => hasScope(holder, scope, options))
}

/** All of them, each globally or on the resource; true for none asked. */
export function hasAllScopes(
  holder: ScopeHolder,
  scopes: readonly string[],
  options?: ScopeOptions,
): boolean {
  return scopes.every((scope) => hasScope(holder, scope, options))
}
