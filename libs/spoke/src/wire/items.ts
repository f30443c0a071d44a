/** The items of a subscription, in order. Reading slowly slows the producer; leaving the loop, or `return()`, aborts the call. */
export interface Items<T> extends AsyncIterableIterator<T, undefined, undefined>, AsyncDisposable {
  next(): Promise<IteratorResult<T, undefined>>
  return(): Promise<IteratorResult<T, undefined>>
}
