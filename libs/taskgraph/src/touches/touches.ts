import { must } from '@alkdev/std'
import { InvalidInputError } from '../errors.ts'
import { ComparisonSteps } from './comparison-steps.ts'
import { expandBraces } from './expand-braces.ts'
import { globAutomaton } from './glob-steps.ts'
import type { GlobAutomaton } from './glob-steps.ts'
import { MAX_EXPANDED_TOUCHES_LENGTH } from './limits.ts'
import { haveCommonEnds, literalEnds, Prefixes } from './literal-ends.ts'
import type { LiteralEnds } from './literal-ends.ts'
import { commonPath } from './overlap.ts'
import { nextPathPart, PathPart } from './path-parts.ts'

/** Globs and a path that both lists of globs match. */
export interface TouchesOverlap {
  /** The glob of the first list. */
  readonly first: string
  /** The glob of the second list. */
  readonly second: string
  /** A path that both match. It need not exist. */
  readonly path: string
}

export interface TouchesOptions {
  /** The globs were checked before: none is compiled before something needs it. */
  readonly areChecked?: boolean
}

/** Globs of the files that a task may change. */
export class Touches {
  readonly globs: readonly string[]
  /** By glob, where it was compiled. */
  readonly #automata: (readonly GlobAutomaton[] | undefined)[]
  readonly #ends: readonly LiteralEnds[]
  #prefixes: Prefixes | undefined

  /** @throws InvalidInputError (field `touches/N`) for the first glob that is not one; with `areChecked` where it is needed */
  constructor(globs: readonly string[], { areChecked = false }: TouchesOptions = {}) {
    const { automata, problems } = areChecked ? { automata: [], problems: [] } : compile(globs)
    const [problem] = problems
    if (problem !== undefined) throw refusal(problem)
    this.globs = globs
    this.#automata = automata
    this.#ends = globs.map((glob) => literalEnds(glob))
  }

  /** Whether one of the globs matches a path (`/` between its parts). */
  matches(path: string): boolean {
    return this.globs.some((_, index) =>
      this.#automataOf(index).some((automaton) => matchesPath(automaton, path)),
    )
  }

  /**
   * Whether there is a path that a glob of each side matches, decided exactly: undefined means that no file can be in both.
   * No globs mean that nothing is known, and overlap with nothing.
   */
  overlap(other: Touches): TouchesOverlap | undefined {
    const found = this.compare(other, new ComparisonSteps(Infinity))
    return found === 'undecided' ? undefined : found
  }

  /** As `overlap`, with no more than these steps: `undecided` when they are used up before it is known. */
  compare(other: Touches, steps: ComparisonSteps): TouchesOverlap | 'undecided' | undefined {
    if (!steps.take(1 + other.globs.length)) return 'undecided'
    this.#prefixes ??= new Prefixes(this.#ends.map(({ literalPrefix }) => literalPrefix))
    const near: number[] = []
    for (const [index, { literalPrefix }] of other.#ends.entries())
      if (this.#prefixes.meet(literalPrefix)) near.push(index)
    if (near.length === 0) return undefined
    for (const [own, ends] of this.#ends.entries())
      for (const index of near) {
        if (!haveCommonEnds(ends, must(other.#ends[index]))) continue
        const [a, b] = [this.#automataOf(own, steps), other.#automataOf(index, steps)]
        const found = compareAutomata(a, b, steps)
        if (found === 'undecided') return found
        if (found !== undefined)
          return {
            first: must(this.globs[own]),
            second: must(other.globs[index]),
            path: found.path,
          }
      }
    return undefined
  }

  #automataOf(index: number, steps?: ComparisonSteps): readonly GlobAutomaton[] {
    const known = this.#automata[index]
    if (known !== undefined) return known
    const glob = must(this.globs[index])
    const found = compileGlob(glob)
    if (typeof found === 'string') throw refusal({ field: `touches/${index}`, message: found })
    steps?.take(found.expandedLength * STEPS_OF_CHARACTER)
    this.#automata[index] = found.automata
    return found.automata
  }
}

/** Steps that take as long as one character of a glob that is compiled. */
const STEPS_OF_CHARACTER = 16

function compareAutomata(
  own: readonly GlobAutomaton[],
  others: readonly GlobAutomaton[],
  steps: ComparisonSteps,
): ReturnType<typeof commonPath> {
  for (const a of own)
    for (const b of others) {
      const found = commonPath(a, b, steps)
      if (found !== undefined) return found
    }
  return undefined
}

function refusal({ field, message }: TouchesProblem): InvalidInputError {
  return new InvalidInputError(field, `${field}: ${message}`)
}

/** A glob that is not one. */
export interface TouchesProblem {
  /** `touches/N`, or `touches` for the list. */
  readonly field: string
  readonly message: string
}

/** Everything that is wrong with a list of globs. */
export function touchesProblems(globs: readonly string[]): readonly TouchesProblem[] {
  return compile(globs).problems
}

function compile(globs: readonly string[]): {
  automata: (readonly GlobAutomaton[])[]
  problems: TouchesProblem[]
} {
  const automata: (readonly GlobAutomaton[])[] = []
  const problems: TouchesProblem[] = []
  let expandedLength = 0
  for (const [index, glob] of globs.entries()) {
    const found = compileGlob(glob)
    if (typeof found === 'string') problems.push({ field: `touches/${index}`, message: found })
    else {
      automata.push(found.automata)
      expandedLength += found.expandedLength
    }
    if (expandedLength > MAX_EXPANDED_TOUCHES_LENGTH) {
      const message = `the globs have more than ${MAX_EXPANDED_TOUCHES_LENGTH} characters together, with their braces expanded`
      problems.push({ field: 'touches', message })
      break
    }
  }
  return { automata, problems }
}

function compileGlob(glob: string): { automata: GlobAutomaton[]; expandedLength: number } | string {
  const refused = refusedForm(glob)
  if (refused !== undefined) return refused
  const plain = expandBraces(glob.endsWith('/') ? `${glob}**` : glob)
  if (typeof plain === 'string') return `the glob ${plain}`
  const automata: GlobAutomaton[] = []
  for (const one of plain) {
    const parts = one.split('/')
    if (parts.includes('')) return 'the glob has an empty part, such as "//" or "/" at its start'
    if (parts.includes('.') || parts.includes('..'))
      return 'the glob has a part "." or ".."; write it from the root of the repository'
    const automaton = globAutomaton(one, glob)
    if (typeof automaton === 'string') return `the glob ${automaton}`
    automata.push(automaton)
  }
  return { automata, expandedLength: plain.reduce((sum, { length }) => sum + length, 0) }
}

/** Forms that other tools read in another way than this one. */
function refusedForm(glob: string): string | undefined {
  if (glob.trim() !== glob) return 'the glob begins or ends with a blank'
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001F\u007F]/.test(glob)) return 'the glob has a control character'
  if (glob.includes('\\'))
    return 'the glob has a "\\"; separate folders with "/" and write a special character as "[*]"'
  if (glob.startsWith('!'))
    return 'a glob that begins with "!" would exclude files; list those that are touched'
  if (/[?*+@!]\(/.test(glob)) return 'the glob has a group such as "+(a)"; use "{a,b}"'
  if (/\[\[[:.=]/.test(glob)) return 'the glob has a named class such as "[:alpha:]"; use "[a-z]"'
  if (/\[[^\]]*\//.test(glob)) return 'the glob has a "/" inside "[...]"'
  return undefined
}

/** Walks the states that the path can be in. */
function matchesPath({ edges, accepting }: GlobAutomaton, path: string): boolean {
  let part: PathPart | undefined = PathPart.EMPTY
  let states = new Set([0])
  for (const char of path) {
    const code = char.codePointAt(0) ?? 0
    part = nextPathPart(part, code)
    if (part === undefined) return false
    const next = new Set<number>()
    for (const state of states)
      for (const { to, ranges } of edges[state] ?? [])
        if (ranges.some(([from, last]) => from <= code && code <= last)) next.add(to)
    if (next.size === 0) return false
    states = next
  }
  return part === PathPart.NAME && [...states].some((state) => accepting[state] === true)
}
