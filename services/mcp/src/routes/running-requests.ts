/** The cancellation of a request of an earlier message. */
export interface Cancellation {
  readonly keyId: string
  /** As the client sent it; absent for clients that do not send one. */
  readonly session: string | undefined
  readonly requestId: string | number
}

/**
 * The running requests of this process, so that `notifications/cancelled` of MCP before 2026-07-28, which is a separate
 * own, finds its request. Request ids are small numbers that every client starts again, so a request is found by key, session and id.
 */
export class RunningRequests {
  readonly #running = new Map<string, Set<() => void>>()

  /** Records a request until the returned function is called. */
  add(request: Cancellation, cancel: () => void): () => void {
    const name = nameOf(request)
    const same = this.#running.get(name) ?? new Set()
    this.#running.set(name, same.add(cancel))
    return () => {
      same.delete(cancel)
      if (same.size === 0 && this.#running.get(name) === same) this.#running.delete(name)
    }
  }

  /** Cancels the request. Does nothing when it does not run here, or when several match. */
  cancel(cancellation: Cancellation): void {
    const [only, ...more] = this.#running.get(nameOf(cancellation)) ?? []
    if (more.length === 0) only?.()
  }
}

function nameOf({ keyId, session, requestId }: Cancellation): string {
  // A header has no line break.
  return `${keyId}\n${session ?? ''}\n${typeof requestId} ${requestId}`
}
