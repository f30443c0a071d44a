import { SERVICE_NAMESPACES } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'

const NAMESPACES = new Set<string>(SERVICE_NAMESPACES)

/**
 * Scopes of the hub are written in lower case; `HUB:read` would grant nothing and nobody would notice. Throws VALIDATION_ERROR. Scopes of
 * spokes are written as their operations write them.
 */
export function checkScopeNames(scopes: readonly string[]): void {
  const errors = scopes.flatMap((scope, at) => {
    const meant = scope.toLowerCase()
    if (meant === scope || !NAMESPACES.has(meant.slice(0, meant.indexOf(':')))) return []
    return [{ path: `/scopes/${at}`, message: `is no scope of the hub; ${meant} is meant` }]
  })
  const [first] = errors
  if (first === undefined) return
  throw new CallError('VALIDATION_ERROR', `${first.path} ${first.message}.`, { errors })
}
