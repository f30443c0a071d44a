import { CycleError, NodeNotFoundError } from '../errors.ts'
import { indexGraph, targetsOf } from '../graph/digraph.ts'
import type { Digraph, IndexedGraph } from '../graph/digraph.ts'

/** Cycles listed at most. */
const MAX_CYCLES = 100

/** Kahn's algorithm. `order` has fewer nodes than the graph when there is a cycle; `depth` is the longest way from a start. */
function kahn(graph: IndexedGraph): { order: Int32Array; done: number; depth: Int32Array } {
  const waiting = graph.inDegrees.slice()
  const order = new Int32Array(graph.keys.length)
  const depth = new Int32Array(graph.keys.length)
  let done = 0
  waiting.forEach((count, node) => {
    if (count === 0) order[done++] = node
  })
  for (let at = 0; at < done; at += 1) {
    const node = order[at] ?? 0
    for (const target of targetsOf(graph, node)) {
      depth[target] = Math.max(depth[target] ?? 0, (depth[node] ?? 0) + 1)
      const left = (waiting[target] ?? 0) - 1
      waiting[target] = left
      if (left === 0) order[done++] = target
    }
  }
  return { order, done, depth }
}

function keyOf(graph: IndexedGraph, node: number): string {
  return graph.keys[node] ?? ''
}

/** Nodes such that every edge leads forward; among the possible orders the one closest to insertion. Throws CycleError. */
export function topologicalOrderOf(graph: Digraph): string[] {
  const indexed = indexGraph(graph)
  const { order, done } = kahn(indexed)
  if (done < indexed.keys.length) throw new CycleError(cyclesOf(indexed))
  return Array.from(order, (node) => keyOf(indexed, node))
}

/** Nodes by depth: each group needs only earlier ones. Throws CycleError. */
export function parallelGroupsOf(graph: Digraph): string[][] {
  const indexed = indexGraph(graph)
  const { done, depth } = kahn(indexed)
  if (done < indexed.keys.length) throw new CycleError(cyclesOf(indexed))
  const groups: string[][] = []
  indexed.keys.forEach((key, node) => {
    ;(groups[depth[node] ?? 0] ??= []).push(key)
  })
  return groups
}

/** The chain with the greatest sum of weights (1 per node by default); of equal ones the first found. Throws CycleError. */
export function criticalPathOf(
  graph: Digraph,
  weightOf: (key: string) => number = () => 1,
): string[] {
  const indexed = indexGraph(graph)
  const { order, done } = kahn(indexed)
  if (done < indexed.keys.length) throw new CycleError(cyclesOf(indexed))
  const best = Float64Array.from(indexed.keys, (key) => weightOf(key))
  const own = best.slice()
  const from = new Int32Array(indexed.keys.length).fill(-1)
  let end = -1
  for (const node of order) {
    if (end === -1 || (best[node] ?? 0) > (best[end] ?? 0)) end = node
    for (const target of targetsOf(indexed, node)) {
      const sum = (best[node] ?? 0) + (own[target] ?? 0)
      if (from[target] === -1 || sum > (best[target] ?? 0)) {
        best[target] = sum
        from[target] = node
      }
    }
  }
  const path: string[] = []
  for (let at = end; at !== -1; at = from[at] ?? -1) path.push(keyOf(indexed, at))
  return path.toReversed()
}

export function hasCyclesIn(graph: Digraph): boolean {
  const indexed = indexGraph(graph)
  return kahn(indexed).done < indexed.keys.length
}

/**
 * One cycle for each group of nodes that reach each other (strongly connected component), a shortest one through the
 * group's first node; 100 at most. Every key of a cycle points to the next, the last to the first.
 */
export function findCyclesIn(graph: Digraph): string[][] {
  return cyclesOf(indexGraph(graph))
}

function cyclesOf(graph: IndexedGraph): string[][] {
  const component = components(graph)
  const sizes = new Map<number, number>()
  for (const each of component) sizes.set(each, (sizes.get(each) ?? 0) + 1)
  const seen = new Set<number>()
  const cycles: string[][] = []
  for (let node = 0; node < component.length && cycles.length < MAX_CYCLES; node += 1) {
    const own = component[node] ?? -1
    const isLoop = targetsOf(graph, node).includes(node)
    if (seen.has(own) || ((sizes.get(own) ?? 0) < 2 && !isLoop)) continue
    seen.add(own)
    cycles.push(cycleThrough(graph, node, component).map((at) => keyOf(graph, at)))
  }
  return cycles
}

function cycleThrough(graph: IndexedGraph, start: number, component: Int32Array): number[] {
  const from = new Map<number, number>()
  const pending = [start]
  for (const node of pending) {
    for (const target of targetsOf(graph, node)) {
      if (component[target] !== component[start]) continue
      if (target === start) {
        const cycle = [node]
        for (let at = node; at !== start;) {
          at = from.get(at) ?? start
          cycle.push(at)
        }
        return cycle.toReversed()
      }
      if (from.has(target)) continue
      from.set(target, node)
      pending.push(target)
    }
  }
  return [start]
}

/** Number of each node's strongly connected component (Tarjan 1972, with an explicit stack). */
function components(graph: IndexedGraph): Int32Array {
  const size = graph.keys.length
  const index = new Int32Array(size).fill(-1)
  const low = new Int32Array(size)
  const component = new Int32Array(size).fill(-1)
  const cursor = new Int32Array(size)
  const stack: number[] = []
  const path: number[] = []
  let count = 0
  let found = 0
  for (let root = 0; root < size; root += 1) {
    if (index[root] !== -1) continue
    path.push(root)
    while (path.length > 0) {
      const node = path.at(-1) ?? 0
      if (index[node] === -1) {
        index[node] = low[node] = count++
        stack.push(node)
        cursor[node] = graph.starts[node] ?? 0
      }
      let into = -1
      const end = graph.starts[node + 1] ?? 0
      while ((cursor[node] ?? end) < end && into === -1) {
        const target = graph.targets[cursor[node] ?? 0] ?? 0
        cursor[node] = (cursor[node] ?? 0) + 1
        if (index[target] === -1) into = target
        else if (component[target] === -1) low[node] = Math.min(low[node] ?? 0, index[target] ?? 0)
      }
      if (into !== -1) {
        path.push(into)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0)
      if (low[node] !== index[node]) continue
      for (let member = -1; member !== node;) {
        member = stack.pop() ?? node
        component[member] = found
      }
      found += 1
    }
  }
  return component
}

/** Everything that can be reached from the nodes, themselves included. Throws NodeNotFoundError. */
export function reachable(
  has: (key: string) => boolean,
  neighbours: (key: string) => readonly string[],
  from: Iterable<string>,
): Set<string> {
  const seen = new Set<string>()
  const pending: string[] = []
  for (const key of from) {
    if (!has(key)) throw new NodeNotFoundError(key)
    if (!seen.has(key)) pending.push(key)
    seen.add(key)
  }
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    for (const next of neighbours(key)) {
      if (seen.has(next)) continue
      seen.add(next)
      pending.push(next)
    }
  }
  return seen
}
