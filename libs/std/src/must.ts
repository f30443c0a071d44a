/** The value, or an error that names what was missing. For what the surrounding code guarantees. */
export function must<T>(value: T | null | undefined, what = 'a value'): T {
  if (value === null || value === undefined) throw new TypeError(`${what} is missing`)
  return value
}

/** Makes a switch exhaustive: a type error when a case was forgotten, an exception when data lied. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`)
}
