import { literalEnds } from './literal-ends.ts'
import type { LiteralEnds } from './literal-ends.ts'

/** Code points from the first to the last, both included. */
export type CodeRange = readonly [number, number]

/** An edge of a glob's automaton: from state `from` to `to` over one character of `ranges`. */
export interface GlobEdge {
  readonly to: number
  readonly ranges: readonly CodeRange[]
  /** Number of its ranges in the automaton: edges with the same ranges have the same one. */
  readonly kind: number
}

/** The automaton of a glob without braces. State 0 is the start. Its edges without a character are already resolved. */
export interface GlobAutomaton extends LiteralEnds {
  /** The glob as its author wrote it. */
  readonly glob: string
  /** Edges by state. */
  readonly edges: readonly (readonly GlobEdge[])[]
  /** Whether a path may end in the state. */
  readonly accepting: readonly boolean[]
  /** How many kinds of edges there are. */
  readonly kinds: number
}

type PlainEdge = Omit<GlobEdge, 'kind'>

const SLASH = 47
const LAST = 0x10ffff
const slash: readonly CodeRange[] = [[SLASH, SLASH]]
const notSlash: readonly CodeRange[] = [
  [0, SLASH - 1],
  [SLASH + 1, LAST],
]
const anything: readonly CodeRange[] = [[0, LAST]]

/**
 * The automaton of a glob without braces. `*` and `?` stay within a part of the path, `**` as a whole part stands for any
 * number of parts, `[a-z]` and `[!a]` for one character. `a/**` matches `a` too.
 * A string states what is wrong.
 */
export function globAutomaton(plain: string, glob: string): GlobAutomaton | string {
  const edges: PlainEdge[][] = [[]]
  /** States that a state goes on to without a character. They always have a higher number. */
  const skips: number[][] = [[]]
  const newState = (): number => {
    skips.push([])
    return edges.push([]) - 1
  }
  const last = (): number => edges.length - 1
  const one = (ranges: readonly CodeRange[]): void => {
    const from = last()
    edges[from]?.push({ to: newState(), ranges })
  }
  const loop = (ranges: readonly CodeRange[]): void => {
    edges[last()]?.push({ to: last(), ranges })
  }

  const ends: number[] = []
  const written = plain.split('/')
  const parts = written.filter((part, index) => part !== '**' || written[index - 1] !== '**')
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    if (part === '**') {
      if (isLast) {
        if (index > 0) {
          ends.push(last())
          one(slash)
        }
        one(anything)
        loop(anything)
        continue
      }
      // No part at all, or parts that each end with a slash.
      const from = last()
      const inside = newState()
      edges[from]?.push({ to: inside, ranges: notSlash })
      edges[inside]?.push({ to: inside, ranges: notSlash }, { to: from, ranges: slash })
      skips[from]?.push(newState())
      continue
    }
    const characters = Array.from(part)
    for (let at = 0; at < characters.length; at += 1) {
      const char = characters[at] ?? ''
      if (char === '*') {
        // Stars in a row say no more than one. A state for each would have an edge to each of the others.
        if (characters[at - 1] === '*') continue
        // A new state, so that the loop is not part of a state that something else leads back to.
        skips[last()]?.push(newState())
        loop(notSlash)
      } else if (char === '?') one(notSlash)
      else if (char === '[') {
        const end = characters.indexOf(']', at + (/[!^]/.test(characters[at + 1] ?? '') ? 3 : 2))
        const ranges = end === -1 ? 'has a "[" without "]"' : classRanges(characters.slice(at, end))
        if (typeof ranges === 'string') return ranges
        one(ranges)
        at = end
      } else {
        const code = char.codePointAt(0) ?? 0
        one([[code, code]])
      }
    }
    if (!isLast && !(index === parts.length - 2 && parts.at(-1) === '**')) one(slash)
  }
  ends.push(last())
  const accepting = edges.map((_, state) => ends.includes(state))
  const resolved = resolveSkips(edges, skips, accepting)
  return { glob, ...literalEnds(plain), accepting: resolved.accepting, ...numbered(resolved.edges) }
}

/** Gives each edge the number of its ranges. */
function numbered(
  edges: readonly (readonly PlainEdge[])[],
): Pick<GlobAutomaton, 'edges' | 'kinds'> {
  const known = new Map<string, number>()
  const kindOf = (ranges: readonly CodeRange[]): number => {
    const name = ranges.join(' ')
    const kind = known.get(name) ?? known.size
    known.set(name, kind)
    return kind
  }
  const all = edges.map((own) => own.map((edge) => ({ ...edge, kind: kindOf(edge.ranges) })))
  return { edges: all, kinds: known.size }
}

/** Gives each state the edges of the states that it goes on to without a character. */
function resolveSkips(
  edges: readonly PlainEdge[][],
  skips: readonly number[][],
  accepting: readonly boolean[],
): { readonly edges: readonly PlainEdge[][]; readonly accepting: readonly boolean[] } {
  const allEdges = edges.map((own) => [...own])
  const allAccepting = [...accepting]
  for (let state = edges.length - 1; state >= 0; state -= 1)
    for (const next of skips[state] ?? []) {
      allEdges[state]?.push(...(allEdges[next] ?? []))
      if (allAccepting[next] === true) allAccepting[state] = true
    }
  return { edges: allEdges, accepting: allAccepting }
}

/** The characters of a class, `[` included and `]` left out; never a slash. */
function classRanges(characters: readonly string[]): readonly CodeRange[] | string {
  const negated = characters[1] === '!' || characters[1] === '^'
  const codes = characters.slice(negated ? 2 : 1).map((char) => char.codePointAt(0) ?? 0)
  const ranges: CodeRange[] = [[SLASH, SLASH]]
  const members: CodeRange[] = []
  for (let at = 0; at < codes.length; at += 1) {
    const from = codes[at] ?? 0
    const isRange = codes[at + 1] === 45 && at + 2 < codes.length
    const to = isRange ? (codes[at + 2] ?? 0) : from
    if (to < from) return 'has a range in "[...]" that ends before it begins'
    if (isRange) at += 2
    members.push([from, to])
  }
  if (negated) return complement([...ranges, ...members])
  return intersectRanges(merge(members), notSlash)
}

function merge(ranges: readonly CodeRange[]): CodeRange[] {
  const merged: [number, number][] = []
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1)
    if (previous !== undefined && from <= previous[1] + 1) previous[1] = Math.max(previous[1], to)
    else merged.push([from, to])
  }
  return merged
}

function complement(ranges: readonly CodeRange[]): CodeRange[] {
  const found: CodeRange[] = []
  let from = 0
  for (const [first, last] of merge(ranges)) {
    if (first > from) found.push([from, first - 1])
    from = last + 1
  }
  if (from <= LAST) found.push([from, LAST])
  return found
}

/** The characters that are in both; both are sorted and do not overlap in themselves. */
export function intersectRanges(
  a: readonly CodeRange[],
  b: readonly CodeRange[],
): readonly CodeRange[] {
  const found: CodeRange[] = []
  for (const [from, to] of a)
    for (const [first, last] of b)
      if (first <= to && from <= last) found.push([Math.max(from, first), Math.min(to, last)])
  return found
}
