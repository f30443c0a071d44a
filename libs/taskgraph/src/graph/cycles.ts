import { at } from './snapshot.ts'
import type { GraphSnapshot } from './snapshot.ts'

/** Ids in all cycles together after which the search stops: a dense graph has long cycles by the thousand. */
const maxIds = 1_000_000

/**
 * One cycle for each back edge of a depth-first search, each as ids in which every task is a prerequisite
 * of the next and the last of the first. Not every cycle there is: their number can be exponential.
 * Iterative, so its depth is bounded by memory and not by the stack.
 */
export function findCycles(graph: GraphSnapshot, limit: number): string[][] {
  // All nodes ordered means that there is no cycle; the search needs only the rest.
  if (graph.order.length === graph.nodes.length) return []
  const size = graph.nodes.length
  const { dependentsFrom, dependents } = graph
  const white = 0
  const grey = 1
  const black = 2
  const colour = new Uint8Array(size)
  for (const node of graph.order) colour[node] = black
  const depthOf = new Uint32Array(size)
  const next = new Uint32Array(size)
  const path: number[] = []
  const cycles: string[][] = []
  let ids = 0
  const enter = (node: number) => {
    colour[node] = grey
    depthOf[node] = path.length
    next[node] = at(dependentsFrom, node)
    path.push(node)
  }
  const enough = () => cycles.length >= limit || ids >= maxIds
  for (let root = 0; root < size && !enough(); root += 1) {
    if (colour[root] !== white) continue
    enter(root)
    while (path.length > 0 && !enough()) {
      const node = at(path, path.length - 1)
      const edge = at(next, node)
      if (edge === at(dependentsFrom, node + 1)) {
        colour[node] = black
        path.pop()
        continue
      }
      next[node] = edge + 1
      const target = at(dependents, edge)
      if (colour[target] === white) enter(target)
      else if (colour[target] === grey) {
        const cycle = path.slice(at(depthOf, target)).map((index) => at(graph.nodes, index).id)
        ids += cycle.length
        cycles.push(cycle)
      }
    }
  }
  return cycles
}
