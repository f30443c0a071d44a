import { pipeline } from 'node:stream'
import type { Duplex, Readable } from 'node:stream'
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'
import type { UpstreamAnswer } from './whole-exchange.ts'

const DECODERS: Readonly<Record<string, () => Duplex>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}
const MAX_CODINGS = 3

/**
 * The body of an answer without its `content-encoding`, which providers use although the proxy asks for `identity`. Undefined for a
 * coding that is not known. Decoding keeps step with the reader, so a body that grows a thousandfold costs no memory.
 */
export function decodedBody({
  headers,
  body,
}: Pick<UpstreamAnswer, 'headers' | 'body'>): Readable | undefined {
  const codings = String(headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length > MAX_CODINGS) return undefined
  let decoded: Readable = body
  for (const coding of codings.toReversed()) {
    const create = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined
    if (create === undefined) return undefined
    // Errors of either side reach the reader of the result.
    decoded = pipeline(decoded, create(), () => undefined)
  }
  return decoded
}

/** The whole of a body; undefined when it is over `mostBytes`. Rejects when the connection ends before it. */
export function wholeBody(body: Readable, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  // An iterator of the stream takes several times as long.
  return new Promise((resolve, reject) => {
    body
      .on('error', reject)
      .on('close', () => reject(new Error('The connection was closed before the end.')))
      .on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
      .on('data', (chunk: Buffer) => {
        bytes += chunk.length
        chunks.push(chunk)
        if (bytes <= mostBytes) return
        chunks.length = 0
        resolve(undefined)
        body.destroy()
      })
  })
}
