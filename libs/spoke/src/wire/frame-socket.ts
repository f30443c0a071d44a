/** A frame of the wire protocol. */
export interface Frame {
  readonly type: string
  readonly id: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** Why a socket is no longer there. */
export interface SocketEnd {
  readonly code: number
  readonly reason: string
}

/** The events of a socket. Nothing follows `onEnd`, which is called at most once; when opening fails it may not be called. */
export interface SocketEvents {
  onText(text: string): void
  /** A ping, or any other message that is not text. */
  onAlive(): void
  /** The answer to `confirm`: all that was sent before it has arrived. */
  onConfirmed(): void
  onEnd(end: SocketEnd): void
}

/** One open WebSocket to a hub, of any implementation. */
export interface FrameSocket {
  /** Bytes that were passed to it and, as far as is known, not yet sent. */
  readonly bufferedBytes: number
  /** False when the socket is closing or closed: then nothing was sent. True does not guarantee arrival. */
  send(text: string): boolean
  /** Asks the other side to confirm that everything sent so far has arrived. Absent where this is impossible (browsers). */
  confirm?(): void
  close(code: number, reason: string): void
  /** Closes without a close frame, for a silent hub. */
  terminate(): void
}

/**
 * Opens a socket. Rejects with a CodedError: UNAUTHENTICATED when the hub refuses the key, ACCESS_DENIED, else PROVIDER_UNAVAILABLE.
 * Events may come before it resolves.
 */
export type OpenSocket = (options: {
  readonly url: string
  readonly key: string
  readonly signal: AbortSignal
  readonly events: SocketEvents
}) => Promise<FrameSocket>
