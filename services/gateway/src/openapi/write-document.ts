import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createGzip } from 'node:zlib'

/** A document as it is kept. */
export interface CachedDocument {
  readonly gzip: Buffer
  /** As in the header `etag` of the compressed answer. */
  readonly etag: string
}

/** Milliseconds of work after which other work of the process gets its turn. */
export const SLICE_MS = 4
/** Characters that are compressed at once. */
const CHUNK = 64 * 1024

/** Joins, hashes and compresses the parts of a document, in slices of a few milliseconds, so that a large document does not hold up the process. */
export async function writeDocument(parts: Iterable<string>): Promise<CachedDocument> {
  const hash = createHash('sha256')
  const gzip = createGzip()
  const chunks: Buffer[] = []
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = once(gzip, 'end')
  let text = ''
  const flush = async (): Promise<void> => {
    hash.update(text)
    const written = gzip.write(text)
    text = ''
    if (!written) await once(gzip, 'drain')
  }
  let until = performance.now() + SLICE_MS
  for (const part of parts) {
    text += part
    if (text.length >= CHUNK) await flush()
    else if (performance.now() < until) continue
    await nextTurn()
    until = performance.now() + SLICE_MS
  }
  if (text !== '') await flush()
  gzip.end()
  await ended
  return { gzip: Buffer.concat(chunks), etag: `"${hash.digest('hex').slice(0, 32)}"` }
}
