import type { ComparisonSteps } from './comparison-steps.ts'
import { intersectRanges } from './glob-steps.ts'
import type { CodeRange, GlobAutomaton, GlobEdge } from './glob-steps.ts'
import { haveCommonEnds } from './literal-ends.ts'
import { nextPathPart, PathPart } from './path-parts.ts'

/** Of each visit the one before it, plus 1; 0 for what was not visited. The first visit is the one before itself. */
let before = new Int32Array(1024)
/** The visits in their order, and the character that led to each. */
let queue = new Int32Array(1024)
let codes = new Int32Array(1024)

/** Most pairs are small, and new arrays would take longer than their comparison: they are used again. */
function makeRoom(size: number): void {
  if (size <= before.length) {
    before.fill(0, 0, size)
    return
  }
  before = new Int32Array(size)
  queue = new Int32Array(size)
  codes = new Int32Array(size)
}

/**
 * A path that both globs match; undefined when there is none. Visits each pair of states once, and a pair with each kind of path that leads to it.
 * `undecided`: the steps are used up.
 */
export function commonPath(
  a: GlobAutomaton,
  b: GlobAutomaton,
  steps: ComparisonSteps,
): { readonly path: string } | 'undecided' | undefined {
  if (!haveCommonEnds(a, b)) return undefined
  const width = b.edges.length
  /** The samples of two kinds of edges, found once for each two. */
  const common: (readonly number[])[] = []
  const samplesOf = (left: GlobEdge, right: GlobEdge): readonly number[] =>
    (common[left.kind * b.kinds + right.kind] ??= samples(
      intersectRanges(left.ranges, right.ranges),
    ))
  // A visit is the number of its pair of states and kind of path.
  makeRoom(a.edges.length * width * 4)
  before[0] = 1
  for (let at = 0, end = 1; at < end; at += 1) {
    const visit = queue[at] ?? 0
    const part = (visit & 3) as PathPart
    const pair = visit >>> 2
    const inA = Math.trunc(pair / width)
    const inB = pair % width
    if (part === PathPart.NAME && a.accepting[inA] === true && b.accepting[inB] === true)
      return { path: pathOf(visit) }
    const fromA = a.edges[inA] ?? []
    const fromB = b.edges[inB] ?? []
    if (!steps.take(1 + fromA.length * fromB.length)) return 'undecided'
    for (const left of fromA)
      for (const right of fromB)
        for (const code of samplesOf(left, right)) {
          const next = nextPathPart(part, code)
          if (next === undefined) continue
          const index = (left.to * width + right.to) * 4 + next
          if (before[index] !== 0) continue
          before[index] = visit + 1
          codes[index] = code
          queue[end] = index
          end += 1
        }
  }
  return undefined
}

function pathOf(last: number): string {
  const found: number[] = []
  for (let at = last; at !== 0; at = (before[at] ?? 1) - 1) found.push(codes[at] ?? 0)
  return String.fromCodePoint(...found.toReversed())
}

const SLASH = 47
const DOT = 46
/** Letters first, so that the path that proves an overlap can be read. */
const readable: readonly CodeRange[] = [
  [97, 122],
  [48, 57],
  [33, 45],
  [58, 126],
]

/** One character for each way in which a path can go on: any other, a slash, and a dot. */
function samples(ranges: readonly CodeRange[]): number[] {
  if (ranges.length === 0) return []
  const found: number[] = []
  const has = (code: number) => ranges.some(([from, to]) => from <= code && code <= to)
  const other = intersectRanges(readable, ranges)[0]?.[0] ?? otherCode(ranges)
  if (other !== undefined) found.push(other)
  if (has(SLASH)) found.push(SLASH)
  if (has(DOT)) found.push(DOT)
  return found
}

function otherCode(ranges: readonly CodeRange[]): number | undefined {
  for (const [from, to] of ranges)
    for (let code = Math.max(1, from); code <= Math.min(to, from + 3); code += 1)
      if (code !== SLASH && code !== DOT) return code
  return undefined
}
