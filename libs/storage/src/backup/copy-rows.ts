import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { deferred } from '@alkdev/std'
import type { TransactionSql } from 'postgres'
import { ROWS_BYTES } from './backup-frames.ts'

/** A name of SQL with each of its parts quoted: `public.calls`. */
export function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.')
}

export function columnList(columns: readonly string[]): string {
  return columns.map((column) => quoted(column)).join(', ')
}

/** The rows of a table, in the text format of COPY, in pieces of at most 256 KiB. `isPartitioned`: COPY itself can't read such a table. */
export async function* copyOut(
  tx: TransactionSql,
  table: string,
  columns: readonly string[],
  isPartitioned: boolean,
): AsyncGenerator<Buffer> {
  const source = isPartitioned
    ? `(select ${columnList(columns)} from ${quoted(table)})`
    : `${quoted(table)} (${columnList(columns)})`
  const rows = await tx.unsafe(`copy ${source} to stdout`).readable()
  let held: Buffer[] = []
  let size = 0
  try {
    for await (const row of rows as AsyncIterable<Buffer>) {
      held.push(row)
      size += row.length
      if (size < ROWS_BYTES) continue
      yield* pieces(Buffer.concat(held))
      held = []
      size = 0
    }
  } finally {
    // The driver pauses its socket when its stream is full, and resumes it when the stream is read: a stream that ended full is not read again.
    rows._read(0)
  }
  if (size > 0) yield* pieces(Buffer.concat(held))
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += ROWS_BYTES) yield bytes.subarray(at, at + ROWS_BYTES)
}

/** Loads rows of one table in the text format of COPY. */
export class CopyIn {
  readonly #stream: Writable
  readonly #failed: Promise<never>

  private constructor(stream: Writable, failed: Promise<never>) {
    this.#stream = stream
    this.#failed = failed
  }

  static async begin(
    tx: TransactionSql,
    table: string,
    columns: readonly string[],
  ): Promise<CopyIn> {
    const query = tx.unsafe(`copy ${quoted(table)} (${columnList(columns)}) from stdin`)
    const stream = await query.writable()
    const { promise, reject } = deferred<never>()
    promise.catch(() => undefined)
    onLateError(query, reject)
    stream.on('error', reject)
    return new CopyIn(stream, promise)
  }

  /** Resolves when more may be written. Rejects with the error of PostgreSQL. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#stream.write(bytes)) return
    await Promise.race([once(this.#stream, 'drain'), this.#failed])
  }

  /** Resolves when PostgreSQL has loaded all rows. Rejects with its error. */
  async end(): Promise<void> {
    // At `finish` the driver still has to send a message, which would break the next COPY.
    const closed = once(this.#stream, 'close')
    this.#stream.end()
    await Promise.race([closed, this.#failed])
  }
}

/** The driver has resolved the query with its stream, and does not report an error that follows the last row. */
function onLateError(query: object, onError: (error: unknown) => void): void {
  const driver = query as { reject: (error: unknown) => void }
  const { reject } = driver
  driver.reject = (error) => {
    onError(error)
    reject(error)
  }
}
