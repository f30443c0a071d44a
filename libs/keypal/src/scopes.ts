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

/** A scope as it is granted: `namespace:verb`, `namespace:*` or `*`. */
export type PermissionScope = string

/** A scope with what it is for, as programs list those that a key may get. */
export interface Permission {
  readonly scope: PermissionScope
  readonly description?: string
}

const NONE: readonly string[] = []

function onResource(resources: ResourceScopes, resource: string): readonly string[] {
  const own = Object.hasOwn(resources, resource) ? (resources[resource] ?? NONE) : NONE
  const type = `${resource.slice(0, resource.indexOf(':'))}:*`
  const all =
    resource.includes(':') && Object.hasOwn(resources, type) ? (resources[type] ?? NONE) : NONE
  return all.length === 0 ? own : [...own, ...all]
}

/** What is asked for scopes: a record's metadata, or global scopes alone. A key without any list of scopes has none. */
export type Scoped = ScopeHolder | readonly string[] | null | undefined

/**
 * Does the holder have the scope? As in access control: `*` covers everything, `namespace:*` its namespace. Scopes of the resource count
 * beside the global ones; a list has global ones only.
 */
export function hasScope(holder: Scoped, scope: string, options: ScopeOptions = {}): boolean {
  if (holder === undefined || holder === null) return false
  if (isList(holder)) return coversScope(holder, scope)
  if (coversScope(holder.scopes, scope)) return true
  return (
    options.resource !== undefined &&
    coversScope(onResource(holder.resources, options.resource), scope)
  )
}

/** One of them; false for none asked. */
export function hasAnyScope(
  holder: Scoped,
  scopes: readonly string[],
  options?: ScopeOptions,
): boolean {
  return scopes.some((scope) => hasScope(holder, scope, options))
}

/** All of them, each globally or on the resource; true for none asked, unless there is no holder. */
export function hasAllScopes(
  holder: Scoped,
  scopes: readonly string[],
  options?: ScopeOptions,
): boolean {
  if (holder === undefined || holder === null) return false
  return scopes.every((scope) => hasScope(holder, scope, options))
}

function isList(holder: NonNullable<Scoped>): holder is readonly string[] {
  return Array.isArray(holder)
}
