/**
 * Whether granted scopes cover a required one. `*` covers everything, `namespace:*` every verb of the namespace; else they must be equal.
 */
export function coversScope(granted: string | readonly string[], required: string): boolean {
  return new RequiredScope(required).coveredBy(typeof granted === 'string' ? [granted] : granted)
}

/** A required scope with the wildcards that cover it, prepared once because every call compares them. */
export class RequiredScope {
  readonly #scope: string
  readonly #wildcard: string | undefined
  /** Of a scope with more than one colon. */
  readonly #narrower: readonly string[]

  constructor(scope: string) {
    this.#scope = scope
    const wildcards: string[] = []
    for (let colon = scope.indexOf(':'); colon >= 0; colon = scope.indexOf(':', colon + 1))
      if (colon > 0 && colon < scope.length - 1) wildcards.push(`${scope.slice(0, colon)}:*`)
    const [first, ...narrower] = wildcards
    this.#wildcard = first
    this.#narrower = narrower
  }

  coveredBy(granted: readonly string[]): boolean {
    for (let at = 0; at < granted.length; at++) {
      const scope = granted[at]
      if (scope === undefined) continue
      if (scope === this.#scope || scope === this.#wildcard || scope === '*') return true
      if (this.#narrower.length > 0 && this.#narrower.includes(scope)) return true
    }
    return false
  }
}
