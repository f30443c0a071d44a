import type { RegistrySource } from '@alkdev/bus'
import { loadRegistry, loadRegistrySince, readChanges } from '@alkdev/storage'
import type { Db } from '@alkdev/storage'
import type { ReadChanges } from '../identity/change-reader.ts'

/** Registry changes and identities as the storage library reads them. */
export function registrySource(db: Db): RegistrySource {
  return {
    loadAll: () => loadRegistry(db),
    loadSince: (since) => loadRegistrySince(db, since),
  }
}

export function identityChanges(db: Db): ReadChanges {
  return (since) => readChanges(db, 'identity', since)
}
