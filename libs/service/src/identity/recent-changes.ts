import type { Authenticated } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import type { IdentityChangeNotice } from '../start/service-runtime.ts'

/** Number of changes that are kept; a key that was authenticated before the oldest of them counts as affected. */
const MAX_CHANGES = 256

/** True when the change may affect the key of the identity, its account or one of its organizations. */
export function touches(
  { kind, subjectIds }: IdentityChangeNotice,
  { id, keyId, orgIds = [] }: Identity,
): boolean {
  if (subjectIds === undefined) return true
  if (kind === 'key') return keyId !== undefined && subjectIds.includes(keyId)
  return subjectIds.includes(id) || orgIds.some((orgId) => subjectIds.includes(orgId))
}

/**
 * The identity changes that this process applied last, numbered. Between the check of a key and the start of the watch of its use
 * there may be a slow body or a look-up: this finds what changed meanwhile.
 */
export class RecentChanges {
  readonly #changes: IdentityChangeNotice[] = []
  readonly #asOf = new WeakMap<Authenticated, number>()
  #number = 0

  /** Number of the newest change. */
  get number(): number {
    return this.#number
  }

  add(change: IdentityChangeNotice): void {
    this.#number += 1
    this.#changes.push(change)
    if (this.#changes.length > MAX_CHANGES) this.#changes.shift()
  }

  /** Records that the key was valid with all changes up to this number. */
  stamp(authenticated: Authenticated, asOf: number): void {
    if ((this.#asOf.get(authenticated) ?? -1) < asOf) this.#asOf.set(authenticated, asOf)
  }

  /** True when anything that affects the key changed since the last `stamp`. False when it was never stamped. */
  touchedSince(authenticated: Authenticated): boolean {
    const asOf = this.#asOf.get(authenticated)
    if (asOf === undefined || asOf === this.#number) return false
    const missed = this.#number - asOf
    if (missed > this.#changes.length) return true
    return this.#changes.slice(-missed).some((change) => touches(change, authenticated.identity))
  }
}
