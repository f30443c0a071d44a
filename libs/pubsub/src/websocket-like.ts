import { CodedError } from '@alkdev/errors'
import { JsonDepthError, parseJson } from '@alkdev/std'
import { exceeds } from './bytes.ts'
import { malformed, MAX_MESSAGE_DEPTH, tooDeep } from './faults.ts'
import { isEnvelope } from './topic.ts'
import type { EventEnvelope } from './types.ts'

/** What is used of a socket: that of a browser, of Node's global WebSocket and of the package `ws` alike. */
export interface WebSocketLike {
  readonly readyState: number
  /** Bytes handed to `send` that have not left yet. */
  readonly bufferedAmount: number
  binaryType?: string
  send(data: string): void
  close(code?: number, reason?: string): void
  /** Of `ws`: drops the connection without a closing handshake. */
  terminate?(): void
  // oxlint-disable-next-line typescript/no-explicit-any -- each socket has event classes of its own
  addEventListener(type: WebSocketEventName, listener: (event: any) => void): void
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  removeEventListener(type: WebSocketEventName, listener: (event: any) => void): void
}

type WebSocketEventName = 'open' | 'message' | 'close' | 'error'

/** The values of `readyState`. */
export const SocketState = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const

export interface SocketHandlers {
  onOpen?(): void
  onMessage(data: unknown): void
  onClose(code: number | undefined): void
  onError(error: unknown): void
}

/** Listens to a socket, beside whatever listeners it has; the function returned takes everything back. */
export function attach(socket: WebSocketLike, handlers: SocketHandlers): () => void {
  // Blobs can be read only asynchronously, which would lose the order.
  const binaryType = socket.binaryType
  if (binaryType === 'blob') socket.binaryType = 'arraybuffer'
  const onOpen = (): void => handlers.onOpen?.()
  const onMessage = (event: { readonly data: unknown }): void => handlers.onMessage(event.data)
  const onClose = (event: { readonly code?: number }): void => handlers.onClose(event.code)
  const onError = (event: { readonly error?: unknown }): void => handlers.onError(event.error)
  socket.addEventListener('open', onOpen)
  socket.addEventListener('message', onMessage)
  socket.addEventListener('close', onClose)
  socket.addEventListener('error', onError)
  return () => {
    if (binaryType === 'blob') socket.binaryType = binaryType
    socket.removeEventListener('open', onOpen)
    socket.removeEventListener('message', onMessage)
    socket.removeEventListener('close', onClose)
    socket.removeEventListener('error', onError)
  }
}

/**
 * One envelope from a text or binary message. Throws VALIDATION_ERROR, also for one with more than 516 levels, or PAYLOAD_TOO_LARGE over
 * `maxBytes`.
 */
export function decodeMessage(data: unknown, maxBytes: number): EventEnvelope {
  const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data
  if (typeof bytes !== 'string' && !(bytes instanceof Uint8Array)) {
    throw malformed('a message is neither text nor bytes')
  }
  if (exceeds(bytes, maxBytes)) {
    throw new CodedError('PAYLOAD_TOO_LARGE', `a message is at most ${maxBytes} bytes`)
  }
  let value: unknown
  try {
    const text = typeof bytes === 'string' ? bytes : utf8.decode(bytes)
    value = parseJson(text, MAX_MESSAGE_DEPTH)
  } catch (thrown) {
    if (thrown instanceof JsonDepthError) throw tooDeep(thrown)
    throw malformed('a message is not JSON', thrown)
  }
  if (!isEnvelope(value)) throw malformed('a message is no envelope')
  return value
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** An envelope as text. Throws VALIDATION_ERROR, or PAYLOAD_TOO_LARGE over `maxBytes`. */
export function encodeMessage(envelope: EventEnvelope, maxBytes: number): string {
  let text: string
  try {
    text = JSON.stringify(envelope)
  } catch (thrown) {
    throw malformed('the envelope cannot be serialised', thrown)
  }
  if (exceeds(text, maxBytes)) {
    throw new CodedError('PAYLOAD_TOO_LARGE', `a message is at most ${maxBytes} bytes`)
  }
  return text
}
