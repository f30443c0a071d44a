import type { RegistrySnapshot } from '@alkdev/contracts'

/** The port through which the bus reads the registry; `@alkdev/storage` implements it. */
export interface RegistrySource {
  loadAll(signal?: AbortSignal): Promise<RegistrySnapshot>
  /** The spokes changed after `since`, and the number reached; undefined when the list no longer contains `since`. */
  loadSince(
    since: number,
    signal?: AbortSignal,
  ): Promise<(RegistrySnapshot & { readonly removedSpokeIds: readonly string[] }) | undefined>
}
