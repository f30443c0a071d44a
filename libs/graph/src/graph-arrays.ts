/**
 * A directed graph whose nodes are the numbers from 0 to `size - 1`. The targets of node `n` are `targets[targetsFrom[n]]` up to, not
 * including, `targets[targetsFrom[n + 1]]`.
 */
export interface GraphArrays {
  readonly size: number
  readonly targetsFrom: Uint32Array
  readonly targets: Uint32Array
}

/** The same edges by their targets: the sources of node `n` are `sources[sourcesFrom[n]]` up to `sources[sourcesFrom[n + 1]]`. */
export interface SourceArrays {
  readonly sourcesFrom: Uint32Array
  readonly sources: Uint32Array
}

/** The element at a position that is known to exist. */
export function at<T>(list: ArrayLike<T>, index: number): T {
  return list[index] as T
}

/** The numbers of the nodes that `node` points to. */
export function targetsOf({ targetsFrom, targets }: GraphArrays, node: number): Uint32Array {
  return targets.subarray(at(targetsFrom, node), at(targetsFrom, node + 1))
}

/** How many edges lead to each node. */
export function inDegreesOf({ size, targets }: GraphArrays): Uint32Array {
  const degrees = new Uint32Array(size)
  for (const target of targets) degrees[target] = at(degrees, target) + 1
  return degrees
}

/** The edges by their targets. The sources of a node are in the order in which `nodes` lists them; nodes that it omits are no sources. */
export function sourcesIn(graph: GraphArrays, nodes: Iterable<number>): SourceArrays {
  const sourcesFrom = new Uint32Array(graph.size + 1)
  const degrees = inDegreesOf(graph)
  for (let node = 0; node < graph.size; node += 1)
    sourcesFrom[node + 1] = at(sourcesFrom, node) + at(degrees, node)
  const next = sourcesFrom.slice()
  const sources = new Uint32Array(graph.targets.length)
  for (const node of nodes) {
    for (const target of targetsOf(graph, node)) {
      sources[at(next, target)] = node
      next[target] = at(next, target) + 1
    }
  }
  return { sourcesFrom, sources }
}
