import type { MessagePort } from 'node:worker_threads'

/** To the thread: open a socket and use the port for its messages. */
export interface OpenMessage {
  readonly url: string
  readonly key: string
  readonly port: MessagePort
  readonly limits: ThreadLimits
}

export interface ThreadLimits {
  /** Unread bytes of the main thread beyond which the thread stops reading from the network. */
  readonly mostUnreadBytes: number
  /** Milliseconds for which the main thread is blocked before the hub is notified. */
  readonly reportBlockedMs: number
  /** Milliseconds for which the main thread may be blocked before its sockets are cut. */
  readonly maxBlockedMs: number
  /** Milliseconds between two checks of both. */
  readonly checkMs: number
}

/** Messages of the main thread; a plain text is a frame to send. */
export type ToThread =
  | string
  | { readonly do: 'close'; readonly code: number; readonly reason: string }
  | { readonly do: 'terminate' }
  | { readonly do: 'confirm' }
  /** The number of bytes of frames that were read; also shows that the main thread responds. */
  | { readonly do: 'read'; readonly bytes: number }

/** Messages of the thread; a plain text is a received frame. */
export type FromThread =
  | string
  | { readonly is: 'open' }
  | {
      readonly is: 'failed'
      readonly code: string
      readonly message: string
      readonly retryAfterMs?: number
    }
  | { readonly is: 'alive' }
  | { readonly is: 'confirmed' }
  /** The number of bytes sent to the network since the last such message. */
  | { readonly is: 'written'; readonly bytes: number }
  /** Checks that the main thread responds; answered with `read`. */
  | { readonly is: 'there?' }
  | { readonly is: 'end'; readonly code: number; readonly reason: string }
