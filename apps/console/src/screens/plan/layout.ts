export interface PlanNode {
  readonly slug: string
  readonly name: string
  readonly status: string
}

export interface PlanEdge {
  /** The task that must be completed first. */
  readonly from: string
  readonly to: string
}

export interface PlacedNode extends PlanNode {
  /** The length of the longest chain of tasks before it. */
  readonly wave: number
  readonly row: number
}

export interface PlanLayout {
  readonly nodes: readonly PlacedNode[]
  readonly waves: number
  readonly rows: number
  /** Slugs of a longest chain of tasks that are not completed, first to last. */
  readonly critical: ReadonlySet<string>
  /** Tasks in a cycle, which are in no wave. */
  readonly cyclic: readonly string[]
}

/**
 * Places tasks in waves: each stands after all that it depends on (longest path in a graph without cycles, by Kahn's order), and its row is near those of
 * its predecessors. Linear in tasks and edges, but for the sorting of the waves.
 */
export function layOut(nodes: readonly PlanNode[], edges: readonly PlanEdge[]): PlanLayout {
  const bySlug = new Map(nodes.map((node) => [node.slug, node]))
  const known = edges.filter(({ from, to }) => bySlug.has(from) && bySlug.has(to) && from !== to)
  const after = groupBy(known, ({ from }) => from)
  const before = groupBy(known, ({ to }) => to)
  const waiting = new Map(nodes.map(({ slug }) => [slug, before.get(slug)?.length ?? 0]))
  const wave = new Map<string, number>()
  const open = new Map<string, { readonly length: number; readonly previous: string | undefined }>()
  const ready = nodes.filter(({ slug }) => waiting.get(slug) === 0).map(({ slug }) => slug)
  for (let at = 0; at < ready.length; at += 1) {
    const slug = ready[at] ?? ''
    const predecessors = before.get(slug) ?? []
    wave.set(
      slug,
      predecessors.reduce((most, { from }) => Math.max(most, (wave.get(from) ?? 0) + 1), 0),
    )
    open.set(slug, longestOpen(slug, bySlug, predecessors, open))
    for (const { to } of after.get(slug) ?? []) {
      const left = (waiting.get(to) ?? 0) - 1
      waiting.set(to, left)
      if (left === 0) ready.push(to)
    }
  }
  const rowsOf = new Map<string, number>()
  const waves = groupBy([...wave], ([, number]) => String(number))
  for (let number = 0; number < waves.size; number += 1) {
    const slugs = (waves.get(String(number)) ?? []).map(([slug]) => slug)
    const pull = new Map(slugs.map((slug) => [slug, middleOf(before.get(slug) ?? [], rowsOf)]))
    slugs.sort((a, b) => (pull.get(a) ?? 0) - (pull.get(b) ?? 0))
    for (const [row, slug] of slugs.entries()) rowsOf.set(slug, row)
  }
  return {
    nodes: nodes.flatMap((node) => {
      const number = wave.get(node.slug)
      return number === undefined
        ? []
        : [{ ...node, wave: number, row: rowsOf.get(node.slug) ?? 0 }]
    }),
    waves: waves.size,
    rows: Math.max(0, ...Array.from(waves.values(), (slugs) => slugs.length)),
    critical: criticalOf(open),
    cyclic: nodes.map(({ slug }) => slug).filter((slug) => !wave.has(slug)),
  }
}

interface Chain {
  readonly length: number
  readonly previous: string | undefined
}

function longestOpen(
  slug: string,
  bySlug: ReadonlyMap<string, PlanNode>,
  predecessors: readonly PlanEdge[],
  open: ReadonlyMap<string, Chain>,
): Chain {
  if (bySlug.get(slug)?.status === 'completed') return { length: 0, previous: undefined }
  let best: Chain = { length: 1, previous: undefined }
  for (const { from } of predecessors) {
    const { length = 0 } = open.get(from) ?? {}
    if (length > 0 && length + 1 > best.length) best = { length: length + 1, previous: from }
  }
  return best
}

function criticalOf(open: ReadonlyMap<string, Chain>): ReadonlySet<string> {
  let last: string | undefined
  let most = 0
  for (const [slug, { length }] of open)
    if (length > most) {
      most = length
      last = slug
    }
  const path = new Set<string>()
  for (let at = last; at !== undefined; at = open.get(at)?.previous) path.add(at)
  return path
}

function middleOf(predecessors: readonly PlanEdge[], rows: ReadonlyMap<string, number>): number {
  if (predecessors.length === 0) return 0
  return (
    predecessors.reduce((sum, { from }) => sum + (rows.get(from) ?? 0), 0) / predecessors.length
  )
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}
