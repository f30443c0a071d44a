import { SearchIndex } from '@alkdev/operations/search'
import type { SearchHit } from '@alkdev/operations/search'
import { runInSlices } from '@alkdev/std/yield-to-event-loop'
import type { StoredEntry } from './registry-store.ts'
import { searchEntry } from './search-entry.ts'

/** The search over a directory. The first search makes the index, which takes memory: many processes are never asked for one. */
export class DirectoryIndex {
  readonly #entries: () => Iterable<StoredEntry>
  #index: SearchIndex | undefined
  /** The work on the index that began last. One runs at a time, because each search holds memory for every operation. */
  #last: Promise<unknown> = Promise.resolve()

  /** `entries`: all of the directory, at the time of the call. */
  constructor(entries: () => Iterable<StoredEntry>) {
    this.#entries = entries
  }

  /** An entry was added to the directory or replaced. */
  set(entry: StoredEntry): void {
    this.#index?.set(entry.operationId, searchEntry(entry))
  }

  /** An entry is no longer in the directory. */
  delete(entry: StoredEntry): void {
    this.#index?.delete(entry.operationId)
  }

  /** As `SearchIndex.searchSteps`, in slices. Rejects with the reason of the signal once that is aborted. */
  search(
    signal: AbortSignal | undefined,
    ...search: Parameters<SearchIndex['searchSteps']>
  ): Promise<SearchHit[]> {
    if (this.#index === undefined) {
      // Takes the changes from now on, also those of entries that are not in it yet.
      const index = (this.#index = new SearchIndex())
      // Not with the signal: later searches need it too.
      this.#last = runInSlices(fill(index, this.#entries()))
    }
    const index = this.#index
    const searching = this.#last.then(() => runInSlices(index.searchSteps(...search), signal))
    this.#last = searching.catch(() => undefined)
    return searching
  }
}

function* fill(index: SearchIndex, entries: Iterable<StoredEntry>): Generator<void, void> {
  for (const entry of entries) {
    index.set(entry.operationId, searchEntry(entry))
    yield
  }
}
