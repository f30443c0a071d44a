/** A rule of the core that is switched off in the source, and the tests that must notice. */
export interface Mutant {
  /** The rule, as one sentence. */
  readonly rule: string
  /** Path from the root of the repository. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Test files, as path filters of vitest. */
  readonly tests: readonly string[]
}

/** The source with the rule switched off. Throws when the text to replace does not occur exactly once. */
export function mutate(source: string, { find, replace, file }: Mutant): string {
  const parts = source.split(find)
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`)
  return parts.join(replace)
}
