const SPECIAL = /["\\]/
const EVERY_SPECIAL = /["\\]/g

/**
 * The text of a PostgreSQL array of texts; `undefined` becomes NULL. Empty when no value is given; `unnest` with longer arrays then
 * fills it up with NULL. Takes about a third of the time of the driver's serializer, which escapes each element separately.
 */
export function textArray(values: readonly (string | undefined)[]): string {
  let any = false
  let text = '{'
  for (const value of values) {
    if (text.length > 1) text += ','
    if (value === undefined) text += 'NULL'
    else {
      any = true
      text += SPECIAL.test(value) ? `"${value.replace(EVERY_SPECIAL, '\\$&')}"` : `"${value}"`
    }
  }
  return any ? `${text}}` : '{}'
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
