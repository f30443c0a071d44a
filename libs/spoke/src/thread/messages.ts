import type { MessagePort } from 'node:worker_threads'

/** To the thread: open a socket and talk about it on the port. */
export interface OpenMessage {
  readonly url: string
  readonly key: string
  readonly port: MessagePort
  readonly limits: ThreadLimits
}

export interface ThreadLimits {
  /** Bytes that the main thread has not read beyond which the thread stops reading from the network. */
  readonly mostUnreadBytes: number
  /** Milliseconds without a turn of the main thread after which the hub is notified. */
  readonly reportBlockedMs: number
  /** Milliseconds that the main thread may stand still before it counts as dead and its sockets are cut. */
  readonly maxBlockedMs: number
  /** How often the thread looks after both. */
  readonly checkMs: number
}

/** What the main thread posts; a plain text is a frame to be sent. */
export type ToThread =
  | string
  | { readonly do: 'close'; readonly code: number; readonly reason: string }
  | { readonly do: 'terminate' }
  | { readonly do: 'confirm' }
  /** The number of bytes of frames that were read; also shows that the main thread responds. */
  | { readonly do: 'read'; readonly bytes: number }

/** What the thread posts; a plain text is a frame that came. */
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
  /** Is the main thread there? Answered with `read`. */
  | { readonly is: 'there?' }
  | { readonly is: 'end'; readonly code: number; readonly reason: string }
