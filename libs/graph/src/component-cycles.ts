import { at, targetsOf } from './graph-arrays.ts'
import type { GraphArrays } from './graph-arrays.ts'

/**
 * One cycle for each group of nodes that reach each other (strongly connected component), a shortest one through the group's first node;
 * `limit` at most. Each node of a cycle points to the next, the last to the first.
 */
export function componentCycles(graph: GraphArrays, limit: number): number[][] {
  const component = components(graph)
  const sizes = new Map<number, number>()
  for (const each of component) sizes.set(each, (sizes.get(each) ?? 0) + 1)
  const seen = new Set<number>()
  const cycles: number[][] = []
  for (let node = 0; node < component.length && cycles.length < limit; node += 1) {
    const own = at(component, node)
    const isLoop = targetsOf(graph, node).includes(node)
    if (seen.has(own) || ((sizes.get(own) ?? 0) < 2 && !isLoop)) continue
    seen.add(own)
    cycles.push(cycleThrough(graph, node, component))
  }
  return cycles
}

function cycleThrough(graph: GraphArrays, start: number, component: Int32Array): number[] {
  const from = new Map<number, number>()
  const pending = [start]
  for (const node of pending) {
    for (const target of targetsOf(graph, node)) {
      if (component[target] !== component[start]) continue
      if (target === start) {
        const cycle = [node]
        for (let step = node; step !== start;) {
          step = from.get(step) ?? start
          cycle.push(step)
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
function components({ size, targetsFrom, targets }: GraphArrays): Int32Array {
  const index = new Int32Array(size).fill(-1)
  const low = new Int32Array(size)
  const component = new Int32Array(size).fill(-1)
  const cursor = new Uint32Array(size)
  const stack: number[] = []
  const path: number[] = []
  let count = 0
  let found = 0
  for (let root = 0; root < size; root += 1) {
    if (index[root] !== -1) continue
    path.push(root)
    while (path.length > 0) {
      const node = at(path, path.length - 1)
      if (index[node] === -1) {
        index[node] = low[node] = count++
        stack.push(node)
        cursor[node] = at(targetsFrom, node)
      }
      let into = -1
      const end = at(targetsFrom, node + 1)
      while (at(cursor, node) < end && into === -1) {
        const target = at(targets, at(cursor, node))
        cursor[node] = at(cursor, node) + 1
        if (index[target] === -1) into = target
        else if (component[target] === -1) low[node] = Math.min(at(low, node), at(index, target))
      }
      if (into !== -1) {
        path.push(into)
        continue
      }
      path.pop()
      const parent = path.at(-1)
      if (parent !== undefined) low[parent] = Math.min(at(low, parent), at(low, node))
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
