import type { DirectoryEntry } from '@alkdev/bus'

/**
 * Whether all that may answer `other` also offer `one`. An operation may name others in its offer (`changes`, `completes`), which the hub calls with the rights of
 * its clients, and gives what they write: without this, an author could have the operations of another one called, or read what is written for it.
 */
export function isOfSameAuthor(one: DirectoryEntry, other: DirectoryEntry): boolean {
  if (one.kind === 'service' || other.kind === 'service') return one.kind === other.kind
  const own = new Set(one.providers.map(({ spokeId }) => spokeId))
  return other.providers.every(({ spokeId }) => own.has(spokeId))
}
