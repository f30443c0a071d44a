import { intersectRanges } from './glob-steps.ts'
import type { CodeRange, GlobAutomaton, GlobEdge } from './glob-steps.ts'
import { nextPathPart, PathPart } from './path-parts.ts'

/** A path that both globs match; undefined when there is none. Visits each pair of states once. */
export function commonPath(a: GlobAutomaton, b: GlobAutomaton): string | undefined {
  if (!a.literalPrefix.startsWith(b.literalPrefix) && !b.literalPrefix.startsWith(a.literalPrefix))
    return undefined
  const width = b.edges.length
  /** The samples of two kinds of edges, found once for each two. */
  const common: (readonly number[])[] = []
  const samplesOf = (left: GlobEdge, right: GlobEdge): readonly number[] =>
    (common[left.kind * b.kinds + right.kind] ??= samples(
      intersectRanges(left.ranges, right.ranges),
    ))
  const seen = new Uint8Array(a.edges.length * width * 4)
  const queue: Visit[] = [{ a: 0, b: 0, part: PathPart.EMPTY, code: 0, before: undefined }]
  // The loop also reaches what is added to the queue while it runs.
  for (const visit of queue) {
    if (visit.part === PathPart.NAME && a.accepting[visit.a] && b.accepting[visit.b])
      return pathOf(visit)
    for (const left of a.edges[visit.a] ?? [])
      for (const right of b.edges[visit.b] ?? [])
        for (const code of samplesOf(left, right)) {
          const part = nextPathPart(visit.part, code)
          if (part === undefined) continue
          const index = (left.to * width + right.to) * 4 + part
          if (seen[index] === 1) continue
          seen[index] = 1
          queue.push({ a: left.to, b: right.to, part, code, before: visit })
        }
  }
  return undefined
}

interface Visit {
  readonly a: number
  readonly b: number
  readonly part: PathPart
  readonly code: number
  readonly before: Visit | undefined
}

function pathOf(visit: Visit): string {
  const codes: number[] = []
  for (let at: Visit = visit; at.before !== undefined; at = at.before) codes.push(at.code)
  return String.fromCodePoint(...codes.toReversed())
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
