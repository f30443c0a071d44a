import { MAX_EXPANDED_TOUCHES_LENGTH } from './limits.ts'

/** Deepest nesting of braces. */
const MAX_BRACE_DEPTH = 4

/**
 * The globs without braces that a glob with `{a,b}` stands for. A string instead of a list states what is wrong. A brace
 * inside `[...]` is an ordinary character.
 */
export function expandBraces(glob: string): readonly string[] | string {
  let at = 0
  let problem: string | undefined

  /** Alternatives of the text up to `,` or `}` (inside braces) or the end. */
  const sequence = (depth: number): string[] => {
    let found = ['']
    while (at < glob.length && problem === undefined) {
      const char = glob[at] ?? ''
      if (depth > 0 && (char === ',' || char === '}')) break
      if (char === '{') found = combine(found, alternatives(depth + 1))
      else if (char === '}') problem = 'has a "}" without "{"'
      else found = combine(found, [char === '[' ? characterClass() : literal(char)])
    }
    return found
  }
  const literal = (char: string): string => {
    at += 1
    return char
  }
  const characterClass = (): string => {
    const from = at
    at += 1
    if (glob[at] === '!' || glob[at] === '^') at += 1
    // A "]" in the first place is a member of the class.
    const end = glob.indexOf(']', at + 1)
    if (end === -1) {
      problem = 'has a "[" without "]"'
      return ''
    }
    at = end + 1
    return glob.slice(from, at)
  }
  const alternatives = (depth: number): string[] => {
    if (depth > MAX_BRACE_DEPTH) {
      problem = `has braces deeper than ${MAX_BRACE_DEPTH} levels`
      return []
    }
    const found: string[] = []
    let count = 0
    do {
      at += 1
      count += 1
      found.push(...sequence(depth))
    } while (glob[at] === ',')
    if (problem === undefined && glob[at] !== '}') problem = 'has a "{" without "}"'
    else if (problem === undefined && count < 2) problem = 'has a brace with a single alternative'
    at += 1
    return found
  }
  const combine = (heads: string[], tails: string[]): string[] => {
    const size = heads.length * tails.length
    if (size > MAX_EXPANDED_TOUCHES_LENGTH) {
      problem = 'stands for too many globs'
      return []
    }
    return heads.flatMap((head) => tails.map((tail) => head + tail))
  }

  const found = sequence(0)
  return problem ?? [...new Set(found)]
}
