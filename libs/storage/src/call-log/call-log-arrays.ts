const SPECIAL = /["\\]/
const EVERY_SPECIAL = /["\\]/g
/** What JSON may write otherwise than an array does. */
const UNLIKE_JSON = /[\p{Cc}\p{Cs}]/u

/**
 * The text of a PostgreSQL array of texts; `undefined` becomes NULL. Empty when no value is given; `unnest` with longer arrays then
 * fills it up with NULL. Takes about a tenth of the time of the driver's serializer, which escapes each element separately.
 */
export function textArray(values: readonly (string | undefined)[]): string {
  let any = false
  let text = '{'
  for (const value of values) {
    if (text.length > 1) text += ','
    if (value === undefined) text += 'NULL'
    else {
      any = true
      text += SPECIAL.test(value) ? quoted(value) : `"${value}"`
    }
  }
  return any ? `${text}}` : '{}'
}

/** JSON escapes quotes and backslashes as an array does, in a quarter of the time of a replacement. */
function quoted(value: string): string {
  return UNLIKE_JSON.test(value)
    ? `"${value.replace(EVERY_SPECIAL, '\\$&')}"`
    : JSON.stringify(value)
}

/** As `textArray`, for numbers, booleans or UUIDs, which need no quotes. */
export function plainArray(values: readonly (string | number | undefined)[]): string {
  return values.every((value) => value === undefined)
    ? '{}'
    : `{${values.map((value) => value ?? 'NULL').join(',')}}`
}

/** Distinct values of a batch, each written once. */
export class Shared<T> {
  readonly #places = new Map<string, number>()
  readonly values: T[] = []

  /** The position of the value with this key in the list, from 1. For a new key the result of `make` is added. */
  place(key: string, make: () => T): number {
    let place = this.#places.get(key)
    if (place === undefined) this.#places.set(key, (place = this.values.push(make())))
    return place
  }
}
