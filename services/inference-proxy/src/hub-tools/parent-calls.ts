import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** Names the model call that a request of the proxy to itself belongs to. */
const HEADER = 'x-alkhub-parent-token'

/**
 * The model calls under which further rounds of a conversation are recorded. A token cannot be guessed and works in this process, as long as
 * the conversation runs.
 */
export class ParentCalls {
  readonly #calls = new Map<string, string>()

  /** Headers for the rounds below a call; ends with the conversation. */
  give(callId: string): { readonly headers: Readonly<Record<string, string>> } & Disposable {
    const token = randomUUID()
    this.#calls.set(token, callId)
    return {
      headers: { [HEADER]: token },
      [Symbol.dispose]: () => void this.#calls.delete(token),
    }
  }

  /** The call above the one of a request; undefined for a request from outside. */
  of(headers: IncomingHttpHeaders): string | undefined {
    const token = headers[HEADER]
    return typeof token === 'string' ? this.#calls.get(token) : undefined
  }
}
