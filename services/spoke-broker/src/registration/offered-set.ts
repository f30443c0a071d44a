import { sha256Hex } from '@alkdev/crypto'
import type { Registration } from '@alkdev/storage'
import type { SetChange } from '../events.ts'

/** The operations that a spoke offers: the hub's ids, and of each spec enough to compare it. */
export type OfferedSet = ReadonlyMap<string, string>

export function offeredSet(registrations: readonly Registration[]): OfferedSet {
  return new Map(
    registrations.map(({ operationId, spec, status }) => [
      operationId,
      sha256Hex(JSON.stringify([spec, status])).slice(0, 16),
    ]),
  )
}

export function setChange(before: OfferedSet, after: OfferedSet): SetChange {
  let added = 0
  let changed = 0
  for (const [operationId, hash] of after) {
    const former = before.get(operationId)
    if (former === undefined) added += 1
    else if (former !== hash) changed += 1
  }
  return { added, changed, removed: before.size - (after.size - added) }
}
