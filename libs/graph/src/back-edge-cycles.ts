import { at } from './graph-arrays.ts'
import type { GraphArrays } from './graph-arrays.ts'

/** Nodes in all cycles together after which the search stops: a dense graph has thousands of long cycles. */
const MAX_NODES = 1_000_000
const [UNSEEN, OPEN, DONE] = [0, 1, 2]

/**
 * One cycle for each back edge of a depth-first search, `limit` at most. Each node of a cycle points to the next and the last to the first.
 * These are not all cycles: their number can be exponential. Iterative, so its depth is bounded by memory and not by the stack.
 * `order`: what `topologicalOrder` returned; only the other nodes are searched.
 */
export function backEdgeCycles(graph: GraphArrays, order: Uint32Array, limit: number): number[][] {
  const { size, targetsFrom, targets } = graph
  if (order.length === size) return []
  const state = new Uint8Array(size)
  for (const node of order) state[node] = DONE
  const depthOf = new Uint32Array(size)
  const next = new Uint32Array(size)
  const path: number[] = []
  const cycles: number[][] = []
  let found = 0
  const enter = (node: number): void => {
    state[node] = OPEN
    depthOf[node] = path.length
    next[node] = at(targetsFrom, node)
    path.push(node)
  }
  const isEnough = (): boolean => cycles.length >= limit || found >= MAX_NODES
  for (let root = 0; root < size && !isEnough(); root += 1) {
    if (state[root] !== UNSEEN) continue
    enter(root)
    while (path.length > 0 && !isEnough()) {
      const node = at(path, path.length - 1)
      const edge = at(next, node)
      if (edge === at(targetsFrom, node + 1)) {
        state[node] = DONE
        path.pop()
        continue
      }
      next[node] = edge + 1
      const target = at(targets, edge)
      if (state[target] === UNSEEN) enter(target)
      else if (state[target] === OPEN) {
        const cycle = path.slice(at(depthOf, target))
        found += cycle.length
        cycles.push(cycle)
      }
    }
  }
  return cycles
}
