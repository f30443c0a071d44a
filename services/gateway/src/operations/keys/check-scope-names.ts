import { SERVICE_NAMESPACES } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'

const NAMESPACES = new Set<string>(SERVICE_NAMESPACES)

/**
 * Scopes of the hub are lower case; `HUB:read` would grant nothing without a notice. Throws VALIDATION_ERROR. Scopes of
 * spokes have the spelling of their operations.
 */
export function checkScopeNames(scopes: readonly string[]): void {
  const errors = scopes.flatMap((scope, at) => {
    const meant = scope.toLowerCase()
    if (meant === scope || !NAMESPACES.has(meant.slice(0, meant.indexOf(':')))) return []
    return [{ path: `/scopes/${at}`, message: `is not a scope of the hub; did you mean ${meant}?` }]
  })
  const [first] = errors
  if (first === undefined) return
  throw new CallError('VALIDATION_ERROR', `${first.path} ${first.message}.`, { errors })
}
