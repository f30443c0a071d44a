import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { dropBody } from '@alkdev/http'
import { CallError } from '@alkdev/operations'

/** A body up to this many bytes is read before it is sent on, so that it goes out with its headers, in one write. */
const SMALL_BYTES = 64 * 1024

/**
 * The body of a request: whole, piece by piece, or null without one. The function makes another stream for each instance that is tried: one that
 * can't be reached has read nothing of the one before.
 */
export type ForwardedBody = Buffer | (() => Readable) | null

export function bodyTooLarge(mostBytes: number): CallError {
  return new CallError('PAYLOAD_TOO_LARGE', `The body exceeds the limit of ${mostBytes} bytes.`)
}

/** How many bytes of a request are to be read before it is sent on: undefined when its body is passed on piece by piece. */
export function bytesToRead({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined
  const length = Number(headers['content-length'] ?? 0)
  return length <= SMALL_BYTES ? length : undefined
}

/**
 * Calls `onBody` once, with the `length` bytes of a body, or `onError` when it is cut off or stops arriving. Without a promise: the next step
 * follows in the same turn of the loop.
 */
export function readBody(
  raw: IncomingMessage,
  length: number,
  onBody: (body: Buffer) => void,
  onError: (error: Error) => void,
): void {
  let whole: Buffer | undefined
  let bytes = 0
  raw.on('error', onError)
  raw.on('data', (piece: Buffer) => {
    if (piece.length === length) return onBody(piece)
    // Copied, because pieces of one byte would take two hundred times as much memory, before any key is checked.
    whole ??= Buffer.allocUnsafe(length)
    // Node's parser delivers no more than the header says.
    bytes += piece.copy(whole, bytes)
    if (bytes === length) onBody(whole)
  })
}

/** A stream of the body, which is untouched until it is read. Ends with PAYLOAD_TOO_LARGE beyond `mostBytes`. */
export function bodyStream(raw: IncomingMessage, mostBytes: number): Readable {
  const stream = Readable.from(piecesOf(raw, mostBytes), { objectMode: false })
  // The error reaches undici, whose own listener goes with the request.
  stream.on('error', () => undefined)
  return stream
}

/**
 * The body chunk by chunk: an instance that can't be reached must not consume it. Throws PAYLOAD_TOO_LARGE beyond `mostBytes`. What is not read of
 * it, after a refusal here or at the instance, is dropped.
 */
async function* piecesOf(raw: IncomingMessage, mostBytes: number): AsyncGenerator<Buffer, void> {
  let bytes = 0
  try {
    // The connection stays open when the body is not read to its end: the refusal is sent on it.
    for await (const piece of raw.iterator({ destroyOnReturn: false })) {
      bytes += (piece as Buffer).length
      if (bytes > mostBytes) throw bodyTooLarge(mostBytes)
      yield piece as Buffer
    }
  } finally {
    dropBody(raw)
  }
}
