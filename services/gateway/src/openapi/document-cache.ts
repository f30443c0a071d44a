import type { DirectoryEntry } from '@alkdev/bus'
import { sha256Hex } from '@alkdev/crypto'
import { openapiDocument } from './document.ts'

/** Maximum number of cached documents; the least recently read is evicted first. */
const MAX_DOCUMENTS = 32
/** Maximum characters of all cached documents together. */
const MAX_CHARS = 32 * 1024 * 1024

export interface CachedDocument {
  readonly text: string
  /** As in the header `etag`. */
  readonly etag: string
}

interface Kept extends CachedDocument {
  readonly entries: readonly DirectoryEntry[]
}

/** The OpenAPI documents per key. A document is cached until the key sees other operations, or other specs of them. */
export class DocumentCache {
  readonly #publicUrl: string | undefined
  readonly #kept = new Map<string, Kept>()
  #chars = 0

  constructor(publicUrl: string | undefined) {
    this.#publicUrl = publicUrl
  }

  /** The document of the operations that a key sees. `keyId` names the key. */
  of(keyId: string, entries: readonly DirectoryEntry[]): CachedDocument {
    const known = this.#kept.get(keyId)
    if (known !== undefined) this.#drop(keyId, known)
    const document =
      known !== undefined && isSame(known.entries, entries) ? known : this.#write(entries)
    this.#kept.set(keyId, document)
    this.#chars += document.text.length
    for (const [oldest, kept] of this.#kept) {
      if (this.#kept.size <= MAX_DOCUMENTS && this.#chars <= MAX_CHARS) break
      this.#drop(oldest, kept)
    }
    return document
  }

  #drop(keyId: string, kept: Kept): void {
    this.#kept.delete(keyId)
    this.#chars -= kept.text.length
  }

  #write(entries: readonly DirectoryEntry[]): Kept {
    const text = JSON.stringify(openapiDocument(entries, this.#publicUrl))
    return { text, etag: `"${sha256Hex(text).slice(0, 32)}"`, entries }
  }
}

function isSame(before: readonly DirectoryEntry[], now: readonly DirectoryEntry[]): boolean {
  return (
    before.length === now.length &&
    before.every(
      ({ operationId, spec }, at) => operationId === now[at]?.operationId && spec === now[at]?.spec,
    )
  )
}
