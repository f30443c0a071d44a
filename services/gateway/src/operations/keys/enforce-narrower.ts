import { missingRights } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'

type Resources = Readonly<Record<string, readonly string[]>>

/** Throws ACCESS_DENIED that names the missing rights, if any. */
export function refuseMissing(missing: readonly string[]): void {
  if (missing.length === 0) return
  throw new CallError(
    'ACCESS_DENIED',
    'A key can be given at most the rights that the caller has.',
    { missing },
  )
}

/** Throws ACCESS_DENIED unless the requested rights are within the caller's: no caller can grant more than its own. */
export function enforceNarrower(
  caller: Identity,
  scopes: readonly string[],
  resources: Resources,
): void {
  refuseMissing(missingRights(caller, scopes, caller.scopes.includes('*') ? {} : resources))
}
