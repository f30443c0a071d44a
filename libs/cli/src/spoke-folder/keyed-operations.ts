import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { DevOperation } from '@alkdev/dev-spoke'
import { compact } from '@alkdev/std'
import type { KeyStore, SpokeOperation } from '@alkdev/spoke'

/** The folder below `home` (`.alkhub` of the clone) in which a spoke remembers the keys of its calls: one for each hub, name and served folder. */
export function keyFolder(
  home: string,
  spoke: { readonly hub: string; readonly name: string; readonly folder: string },
): string {
  const text = JSON.stringify([spoke.hub, spoke.name, spoke.folder])
  const id = createHash('sha256').update(text).digest('hex').slice(0, 32)
  return join(home, 'spokes', id)
}

/** The operations; those whose outcome can be looked up are `keyed` when there is a store. */
export function keyedOperations(
  operations: readonly DevOperation[],
  store: KeyStore | undefined,
): SpokeOperation[] {
  return operations.map(({ recover, ...operation }) =>
    recover && store ? store.once(operation, compact({ recover })) : operation,
  )
}
