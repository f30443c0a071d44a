import type { Directory } from '@alkdev/bus'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { openapiParts } from './document.ts'
import { visibleOperations } from './visible-operations.ts'
import { writeDocument } from './write-document.ts'
import type { CachedDocument } from './write-document.ts'

/** Maximum number of cached documents; the least recently read is dropped first. */
const MAX_DOCUMENTS = 32
/** Maximum bytes of all cached documents together. */
const MAX_BYTES = 32 * 1024 * 1024
/** Maximum keys whose document is known. */
const MAX_KEYS = 1000
/** Maximum keys that wait for their document. */
const MAX_WAITING = 100
const RETRY_AFTER_MS = 2000

export interface DocumentCacheOptions {
  readonly directory: Pick<Directory, 'list' | 'revision'>
  readonly publicUrl: string | undefined
}

/** What a key saw when its document was looked up last. */
interface Seen {
  /** Another object when the rights of the key change. */
  readonly identity: Identity
  readonly revision: number
  readonly content: string
}

interface Waiting {
  readonly identity: Identity
  readonly revision: number
  readonly document: Promise<CachedDocument>
}

/**
 * The OpenAPI documents, compressed. A document is written once for all keys that see the same operations with the same specs. Documents are written one
 * after the other and in slices, so that many readers do not hold up the process. Operations are not kept.
 */
export class DocumentCache {
  readonly #options: DocumentCacheOptions
  readonly #seen = new Map<string, Seen>()
  readonly #documents = new Map<string, CachedDocument>()
  /** Of each key, the document that is being written, or waits for that, and for what. */
  readonly #waiting = new Map<string, Waiting>()
  #last: Promise<unknown> = Promise.resolve()
  #bytes = 0

  constructor(options: DocumentCacheOptions) {
    this.#options = options
  }

  /** The document of what the identity sees. Rejects with OVERLOADED when too many keys wait for theirs. */
  of(identity: Identity): Promise<CachedDocument> {
    const { id, keyId = id } = identity
    const known = this.#known(keyId, identity)
    if (known !== undefined) return Promise.resolve(known)
    const { revision } = this.#options.directory
    const waiting = this.#waiting.get(keyId)
    if (waiting?.identity === identity && waiting.revision === revision) return waiting.document
    if (this.#waiting.size >= MAX_WAITING)
      return Promise.reject(
        new CallError('OVERLOADED', 'Too many documents are being written.', undefined, {
          retryAfterMs: RETRY_AFTER_MS,
        }),
      )
    const document = this.#last.then(() => this.#write(keyId, identity))
    const own: Waiting = { identity, revision, document }
    this.#waiting.set(keyId, own)
    const leave = (): void => {
      if (this.#waiting.get(keyId) === own) this.#waiting.delete(keyId)
    }
    this.#last = document.then(leave, leave)
    return document
  }

  #known(keyId: string, identity: Identity): CachedDocument | undefined {
    const seen = this.#seen.get(keyId)
    if (seen?.identity !== identity || seen.revision !== this.#options.directory.revision)
      return undefined
    return this.#read(seen.content)
  }

  /** Also marks the document as read last. */
  #read(content: string): CachedDocument | undefined {
    const document = this.#documents.get(content)
    if (document === undefined) return undefined
    this.#documents.delete(content)
    this.#documents.set(content, document)
    return document
  }

  async #write(keyId: string, identity: Identity): Promise<CachedDocument> {
    const { directory, publicUrl } = this.#options
    // What changes meanwhile is in the next document.
    const { revision } = directory
    const { entries, content } = await visibleOperations(directory, identity)
    let document = this.#read(content)
    if (document === undefined) {
      document = await writeDocument(openapiParts(entries, publicUrl))
      this.#keep(content, document)
    }
    this.#seen.delete(keyId)
    this.#seen.set(keyId, { identity, revision, content })
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > MAX_KEYS && oldest !== undefined) this.#seen.delete(oldest)
    return document
  }

  #keep(content: string, document: CachedDocument): void {
    this.#documents.set(content, document)
    this.#bytes += document.gzip.length
    for (const [oldest, kept] of this.#documents) {
      if (this.#documents.size <= MAX_DOCUMENTS && this.#bytes <= MAX_BYTES) break
      this.#documents.delete(oldest)
      this.#bytes -= kept.gzip.length
    }
  }
}
