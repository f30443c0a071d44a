import { AsyncLocalStorage } from 'node:async_hooks'
import type { ServerEvent } from '@modelcontextprotocol/server'
import type { Caller } from './caller.ts'
import type { EndpointChanges } from './endpoint.ts'

/** One stream of changes. */
export interface Listening {
  readonly caller: Caller
  /** URIs of resources that are watched; they may change. */
  readonly uris: () => ReadonlySet<string>
  readonly onEvent: (event: ServerEvent) => void
}

/** Changes of an address, which are not the same for every client: the SDK does not say who listens, so that the caller of a request is kept beside it. */
export abstract class CallerChanges implements EndpointChanges {
  readonly #callers = new AsyncLocalStorage<Caller>()

  /** Reports until the returned function is called. */
  abstract listen(listening: Listening): () => void

  /** Runs `work` as a request of this caller: `subscribe` within it listens for the caller. */
  as<Result>(caller: Caller, work: () => Result): Result {
    return this.#callers.run(caller, work)
  }

  /** Listens for the caller of the request, to the resources that `subscriptions/listen` names. */
  subscribe(onEvent: (event: ServerEvent) => void): () => void {
    const caller = this.#callers.getStore()
    if (caller === undefined) throw new Error('a stream of changes needs a caller')
    const uris = new Set(caller.watches)
    const { unread } = caller
    const report = (event: ServerEvent): void => {
      if (unread === undefined || unread.add(event)) onEvent(event)
    }
    return this.listen({ caller, uris: () => uris, onEvent: report })
  }

  /** Changes are found, not published. */
  publish(): void {
    throw new Error('changes are found, not published')
  }
}
