/** What conditions and inputs call steps by: their key, or the operation where only one step of its scope calls it. */
export class StepNames {
  readonly #keys = new Set<string>()
  /** Keys by scope and operation; `null` where several steps call it. */
  readonly #byOperation = new Map<string, string | null>()

  add(key: string, scope: string, operation: string | undefined): void {
    this.#keys.add(key)
    if (operation === undefined) return
    const alias = scope + operation
    this.#byOperation.set(alias, this.#byOperation.has(alias) ? null : key)
  }

  /** The step that a name stands for, seen from a scope: the innermost one that has it. */
  resolve(name: string, scope: string): string | undefined {
    for (const prefix of scopesOf(scope)) {
      const full = prefix + name
      if (this.#keys.has(full)) return full
      const key = this.#byOperation.get(full)
      if (key !== undefined && key !== null) return key
    }
    return undefined
  }

  /** The operation of a step that only it calls in its scope. */
  *aliases(): Generator<readonly [alias: string, key: string]> {
    for (const [alias, key] of this.#byOperation) if (key !== null) yield [alias, key]
  }
}

/** `a/b/` -> `a/b/`, `a/`, `` . */
function scopesOf(scope: string): string[] {
  const scopes = [scope]
  for (let at = scope.length - 2; at >= 0; at -= 1) {
    if (scope[at] === '/') scopes.push(scope.slice(0, at + 1))
  }
  if (scope !== '') scopes.push('')
  return scopes
}
