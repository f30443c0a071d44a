/** One thing wrong with a configuration. Holds no value from the file. */
export interface ConfigFailure {
  /** `http.ports.gateway`; empty for the file as a whole. */
  readonly path: string
  /** What was expected there. */
  readonly expected: string
  /** True for an encrypted value that the master key does not open. */
  readonly isSealed?: boolean
}

export function failureLine(failure: ConfigFailure): string {
  return failure.path === '' ? failure.expected : `${failure.path}: ${failure.expected}`
}

/** `http.ports.gateway` of `['http', 'ports', 'gateway']`. */
export function dotted(path: readonly string[]): string {
  return path.join('.')
}

/** The names of a JSON Pointer (RFC 6901). */
export function pointerNames(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The JSON Pointer of names. */
export function pointer(names: readonly string[]): string {
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
