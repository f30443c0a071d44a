import type { RegistrySnapshot } from '@alkdev/contracts'

/** The port through which the bus reads the registry; `@alkdev/storage` gives it. */
export interface RegistrySource {
  loadAll(signal?: AbortSignal): Promise<RegistrySnapshot>
  /** The spokes touched by the changes after `since`, and the number reached; undefined when the list no longer reaches back that far. */
  loadSince(
    since: number,
    signal?: AbortSignal,
  ): Promise<(RegistrySnapshot & { readonly removedSpokeIds: readonly string[] }) | undefined>
}
