/** A frame as it goes over the wire. */
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

/** One open WebSocket to a hub, whatever carries it. */
export interface FrameSocket {
  /** Bytes given to it and not yet to the network. */
  readonly bufferedBytes: number
  /** False when the socket is closing or closed: then nothing was sent. */
  send(text: string): boolean
  close(code: number, reason: string): void
  /** Without a farewell, for a hub that is silent. */
  terminate(): void
  onText: (text: string) => void
  /** A ping, or any other sign of life that is no text. */
  onAlive: () => void
  onEnd: (end: SocketEnd) => void
}

/** Opens a socket; rejects with a CallError (UNAUTHENTICATED when the hub refuses the key, else PROVIDER_UNAVAILABLE). */
export type OpenSocket = (options: {
  readonly url: string
  readonly key: string
  readonly signal: AbortSignal
}) => Promise<FrameSocket>
