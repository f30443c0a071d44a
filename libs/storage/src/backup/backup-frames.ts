import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { damaged, headerOf, manifestOf } from './backup-manifest.ts'
import type { BackupHeader, BackupManifest } from './backup-manifest.ts'

const compress = promisify(deflateRaw)
const decompress = promisify(inflateRaw)

/** One part of a backup, in this order: header, tables each followed by its rows, files, manifest. */
export type BackupFrame =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'table'; readonly name: string }
  /** Rows of the table before, in the text format of COPY; may begin and end within a row. */
  | { readonly kind: 'rows'; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly name: string; readonly bytes: Buffer }
  | { readonly kind: 'manifest'; readonly manifest: BackupManifest }

/*
 * A file is the magic line and frames: one byte for the kind, four for the length (big endian), then the content. The last frame is the
 * SHA-256 of everything before it. Rows are compressed, so that each frame is decompressed on its own and memory is bounded.
 */
const MAGIC = Buffer.from('alkhub-backup\n')
const KINDS = { header: 0x48, table: 0x54, rows: 0x52, file: 0x46, manifest: 0x4d } as const
const HASH = 0x53
const FRAME_HEAD_BYTES = 5

/** Bytes of rows in one frame before they are compressed. */
export const ROWS_BYTES = 256 * 1024
const MAX_ROWS_BYTES = 1024 * 1024
/** Bytes of one frame; a header of 10,000 partitions fits. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024
export const MAX_BACKUP_FILE_BYTES = 4 * 1024 * 1024
const MAX_NAME_BYTES = 200

/** The bytes of a backup. */
export async function* writeFrames(frames: AsyncIterable<BackupFrame>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const counted = (bytes: Buffer): Buffer => {
    hash.update(bytes)
    return bytes
  }
  yield counted(MAGIC)
  for await (const frame of frames) yield counted(framed(KINDS[frame.kind], await contentOf(frame)))
  yield framed(HASH, hash.digest())
}

function framed(kind: number, content: Buffer): Buffer {
  if (content.length > MAX_FRAME_BYTES) throw damaged('would have a part of more than 8 MiB')
  const head = Buffer.alloc(FRAME_HEAD_BYTES)
  head.writeUInt8(kind)
  head.writeUInt32BE(content.length, 1)
  return Buffer.concat([head, content])
}

async function contentOf(frame: BackupFrame): Promise<Buffer> {
  switch (frame.kind) {
    case 'header':
      return Buffer.from(JSON.stringify(frame.header))
    case 'table':
      return Buffer.from(frame.name)
    case 'rows':
      return compress(frame.bytes, { level: 3 })
    case 'file': {
      const name = Buffer.from(frame.name)
      return Buffer.concat([Buffer.from([name.length]), name, frame.bytes])
    }
    case 'manifest':
      return Buffer.from(JSON.stringify(frame.manifest))
    default:
      return frame satisfies never
  }
}

/**
 * The parts of a backup. Reads to the end, and throws OperatorError when the bytes are no backup, end too early, differ from what was
 * written, or continue after the end: what was yielded before may then be wrong, too. Holds one part at a time.
 */
export async function* readFrames(
  bytes: AsyncIterable<Buffer | Uint8Array>,
): AsyncGenerator<BackupFrame> {
  const reader = new ByteReader(bytes)
  const hash = createHash('sha256')
  const magic = await reader.take(MAGIC.length)
  if (magic === undefined || !magic.equals(MAGIC))
    throw damaged('is no backup of a hub: its first bytes differ')
  hash.update(magic)
  for (;;) {
    const head = await reader.take(FRAME_HEAD_BYTES)
    if (head === undefined) throw damaged('is cut off')
    const kind = head.readUInt8()
    const length = head.readUInt32BE(1)
    if (length > MAX_FRAME_BYTES) throw damaged('is damaged: a part has an impossible length')
    const content = await reader.take(length)
    if (content === undefined) throw damaged('is cut off')
    if (kind === HASH) {
      if (!content.equals(hash.digest()))
        throw damaged('is damaged: its hash differs from that of its content')
      if (!(await reader.isAtEnd())) throw damaged('continues after its end')
      return
    }
    hash.update(head).update(content)
    yield await frameOf(kind, content)
  }
}

async function frameOf(kind: number, content: Buffer): Promise<BackupFrame> {
  switch (kind) {
    case KINDS.header:
      return { kind: 'header', header: headerOf(jsonOf(content)) }
    case KINDS.table:
      return { kind: 'table', name: content.toString('utf8') }
    case KINDS.rows:
      return { kind: 'rows', bytes: await rowsOf(content) }
    case KINDS.file: {
      const end = 1 + (content[0] ?? MAX_NAME_BYTES + 1)
      if (end > content.length || end > MAX_NAME_BYTES)
        throw damaged('is damaged: a file has an invalid name')
      return {
        kind: 'file',
        name: content.toString('utf8', 1, end),
        bytes: content.subarray(end),
      }
    }
    case KINDS.manifest:
      return { kind: 'manifest', manifest: manifestOf(jsonOf(content)) }
    default:
      throw damaged('is damaged: it has a part of an unknown kind')
  }
}

function jsonOf(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'))
  } catch (cause) {
    throw damaged('is damaged: a part is not JSON', { cause })
  }
}

async function rowsOf(content: Buffer): Promise<Buffer> {
  try {
    return await decompress(content, { maxOutputLength: MAX_ROWS_BYTES })
  } catch (cause) {
    throw damaged('is damaged: rows can not be decompressed', { cause })
  }
}

/** Takes numbers of bytes from chunks of any size. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer | Uint8Array>
  #rest: Buffer = Buffer.alloc(0)

  constructor(bytes: AsyncIterable<Buffer | Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]()
  }

  /** The next `length` bytes; undefined when there are fewer. */
  async take(length: number): Promise<Buffer | undefined> {
    const parts = [this.#rest]
    let size = this.#rest.length
    while (size < length) {
      const next = await this.#chunks.next()
      if (next.done === true) return undefined
      const bytes = Buffer.from(next.value)
      parts.push(bytes)
      size += bytes.length
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts)
    this.#rest = all.subarray(length)
    return all.subarray(0, length)
  }

  async isAtEnd(): Promise<boolean> {
    return this.#rest.length === 0 && (await this.#chunks.next()).done === true
  }
}
