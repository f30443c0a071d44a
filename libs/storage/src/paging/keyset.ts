import { createHash } from 'node:crypto'
import { CodedError } from '@alkdev/errors'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'

export interface PageRequest {
  /** 1 to 200, default 50. */
  readonly limit?: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Absent on the last page. */
  readonly nextCursor?: string
}

/** The values of the key columns of a row. */
export type Key = readonly (string | number | Date)[]

/**
 * Paging by the last row instead of a row number, so that each page has the same cost, and rows that are added or removed
 * meanwhile neither repeat nor hide others. The columns must be not null and together identify a row; an index on them (and
 * on the filtered columns, before them) makes it cheap.
 */
export class Keyset {
  readonly #columns: readonly AnyPgColumn[]
  readonly #direction: 'asc' | 'desc'
  readonly #of: string

  /** `list` identifies the list: its name, owner and filters. A cursor of any other list is refused. */
  constructor(
    columns: readonly AnyPgColumn[],
    direction: 'asc' | 'desc',
    list: readonly [name: string, ...filters: unknown[]],
  ) {
    this.#columns = columns
    this.#direction = direction
    this.#of = listHash(list)
  }

  /** Rows to request: one more than the page, which shows whether another page follows. */
  static limit(request: PageRequest): number {
    const { limit = 50 } = request
    if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
      throw new CodedError('VALIDATION_ERROR', 'limit must be an integer from 1 to 200.')
    }
    return limit + 1
  }

  /** For `orderBy`. */
  get order(): SQL[] {
    return this.#columns.map((column) =>
      this.#direction === 'asc' ? sql`${column} asc` : sql`${column} desc`,
    )
  }

  /** For `where`: the rows after the cursor; undefined for the first page. Throws VALIDATION_ERROR for an invalid cursor. */
  after(request: PageRequest): SQL | undefined {
    const values = this.values(request)
    if (values === undefined) return undefined
    const left = sql.join([...this.#columns], sql`, `)
    const right = sql.join(
      values.map((value, at) => sql`${value}::${sql.raw(this.#columns[at]?.getSQLType() ?? '')}`),
      sql`, `,
    )
    return this.#direction === 'asc' ? sql`(${left}) > (${right})` : sql`(${left}) < (${right})`
  }

  /** The values of the columns in the cursor, for a condition of one's own; undefined for the first page. Throws as `after`. */
  values({ cursor }: PageRequest): readonly (string | number)[] | undefined {
    return cursor === undefined ? undefined : decodeCursor(cursor, this.#columns.length, this.#of)
  }

  /** The page of the rows that were requested with `limit`. `keyOf` returns the key values of a row. */
  page<T>(rows: readonly T[], request: PageRequest, keyOf: (row: T) => Key): Page<T> {
    const limit = Keyset.limit(request) - 1
    const items = rows.slice(0, limit)
    const last = items.at(-1)
    return rows.length > limit && last !== undefined
      ? {
          items,
          nextCursor: encodeCursor([...keyOf(last), this.#of]),
        }
      : { items }
  }
}

/** Eight bytes: protects against mistakes, not against forged cursors (the conditions of a list decide what it shows). */
function listHash(list: readonly unknown[]): string {
  const text = JSON.stringify(list.map((part) => part ?? null))
  return createHash('sha256').update(text).digest('base64url').slice(0, 11)
}

function encodeCursor(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

function decodeCursor(cursor: string, columns: number, of: string): readonly (string | number)[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const isKey =
      Array.isArray(key) &&
      key.length === columns + 1 &&
      key.every((value) => typeof value === 'string' || typeof value === 'number')
    if (isKey && key[columns] === of) return key.slice(0, columns)
  } catch {
    // Falls through to the error for every malformed cursor.
  }
  throw new CodedError('VALIDATION_ERROR', 'The cursor is not one of this list.')
}
