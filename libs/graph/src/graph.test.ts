import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backEdgeCycles } from './back-edge-cycles.ts'
import { closingCycle } from './closing-cycle.ts'
import { componentCycles } from './component-cycles.ts'
import { edgeKey } from './edge-key.ts'
import { sourcesIn } from './graph-arrays.ts'
import type { GraphArrays } from './graph-arrays.ts'
import { depthsOf, heaviestPath, topologicalOrder } from './order.ts'
import { reachableFrom } from './reachable.ts'

type Edge = readonly [source: number, target: number]

/** No edge twice. */
function arrays(size: number, edges: readonly Edge[]): GraphArrays {
  const lists = Array.from({ length: size }, (_, node) =>
    edges.filter(([source]) => source === node).map(([, target]) => target),
  )
  const targetsFrom = new Uint32Array(size + 1)
  lists.forEach((list, node) => {
    targetsFrom[node + 1] = (targetsFrom[node] ?? 0) + list.length
  })
  return { size, targetsFrom, targets: Uint32Array.from(lists.flat()) }
}

const SIZE = 7
const node = fc.nat(SIZE - 1)
const edgesOf = (pairs: readonly Edge[]): Edge[] => [
  ...new Map(pairs.map((pair) => [pair.join(), pair])).values(),
]
const anyGraph = fc.array(fc.tuple(node, node)).map(edgesOf)
const acyclic = anyGraph.map((edges) => edges.filter(([source, target]) => source < target))

/** All paths of an acyclic graph that end at a node, as lists of nodes. */
function pathsTo(edges: readonly Edge[], end: number): number[][] {
  const before = edges.filter(([, target]) => target === end)
  return [
    [end],
    ...before.flatMap(([source]) => pathsTo(edges, source).map((path) => [...path, end])),
  ]
}

const isCycle = (edges: readonly Edge[], cycle: readonly number[]): boolean =>
  cycle.every((from, index) => {
    const to = cycle[(index + 1) % cycle.length]
    return edges.some(([source, target]) => source === from && target === to)
  })

const onCycle = (edges: readonly Edge[], start: number): boolean =>
  reachableFrom([String(start)], (key) => targetsOf(edges, key)).has(String(start))

const targetsOf = (edges: readonly Edge[], key: string): string[] =>
  edges.filter(([source]) => String(source) === key).map(([, target]) => String(target))
const sourcesOf = (edges: readonly Edge[], key: string): string[] =>
  edges.filter(([, target]) => String(target) === key).map(([source]) => String(source))

test('nodes that are free at the same time keep their order, and every edge leads forward', () => {
  const graph = arrays(5, [
    [3, 1],
    [0, 1],
    [1, 4],
  ])
  expect([...topologicalOrder(graph)]).toEqual([0, 2, 3, 1, 4])
})

test('the order lacks exactly the nodes that a cycle leads to or that are on one', () => {
  fc.assert(
    fc.property(anyGraph, (edges) => {
      const order = [...topologicalOrder(arrays(SIZE, edges))]
      const free = Array.from({ length: SIZE }, (_, at) => at).filter((at) => {
        const above = reachableFrom([String(at)], (key) => sourcesOf(edges, key))
        return ![String(at), ...above].some((key) => onCycle(edges, Number(key)))
      })
      expect(order.toSorted((a, b) => a - b)).toEqual(free)
    }),
  )
})

test('the depth of a node is the length of the longest path to it', () => {
  fc.assert(
    fc.property(acyclic, (edges) => {
      const graph = arrays(SIZE, edges)
      const longest = Array.from({ length: SIZE }, (_, end) =>
        Math.max(...pathsTo(edges, end).map((path) => path.length - 1)),
      )
      expect([...depthsOf(graph, topologicalOrder(graph))]).toEqual(longest)
    }),
  )
})

test('no path is heavier than the heaviest path, with negative weights too', () => {
  const weights = fc.array(fc.integer({ min: -5, max: 9 }), { minLength: SIZE, maxLength: SIZE })
  fc.assert(
    fc.property(acyclic, weights, fc.boolean(), (edges, given, beginsAnywhere) => {
      const graph = arrays(SIZE, edges)
      const order = topologicalOrder(graph)
      const found = heaviestPath(order, sourcesIn(graph, order), Float64Array.from(given), {
        beginsAnywhere,
      })
      const sum = (path: readonly number[]): number =>
        path.reduce((total, at) => total + (given[at] ?? 0), 0)
      const isStart = (at: number): boolean => sourcesOf(edges, String(at)).length === 0
      const paths = Array.from({ length: SIZE }, (_, end) => pathsTo(edges, end))
        .flat()
        .filter(([first = 0]) => beginsAnywhere || isStart(first))
      expect(found.weight).toBe(Math.max(...paths.map(sum)))
      expect(sum(found.path)).toBe(found.weight)
    }),
  )
})

test('of equally heavy paths the one whose last node comes first in the order is taken', () => {
  const graph = arrays(4, [
    [0, 2],
    [1, 2],
    [0, 3],
  ])
  const order = topologicalOrder(graph)
  expect([...order]).toEqual([0, 1, 3, 2])
  const weights = new Float64Array(4).fill(1)
  for (const beginsAnywhere of [true, false])
    expect(heaviestPath(order, sourcesIn(graph, order), weights, { beginsAnywhere })).toEqual({
      path: [0, 3],
      weight: 2,
    })
})

test('both searches find cycles exactly when there are some, and each cycle closes', () => {
  fc.assert(
    fc.property(anyGraph, (edges) => {
      const graph = arrays(SIZE, edges)
      const order = topologicalOrder(graph)
      const back = backEdgeCycles(graph, order, 100)
      const components = componentCycles(graph, 100)
      for (const cycle of [...back, ...components]) expect(isCycle(edges, cycle)).toBe(true)
      const cyclic = Array.from({ length: SIZE }, (_, at) => at).some((at) => onCycle(edges, at))
      expect([back.length > 0, components.length > 0]).toEqual([cyclic, cyclic])
      expect(backEdgeCycles(graph, order, 1).length).toBe(cyclic ? 1 : 0)
    }),
  )
})

test('an edge closes a cycle exactly when its target leads to its source', () => {
  fc.assert(
    fc.property(anyGraph, node, node, (edges, source, target) => {
      const cycle = closingCycle(
        String(source),
        String(target),
        (key) => targetsOf(edges, key),
        (key) => sourcesOf(edges, key),
      )
      const closes =
        source === target ||
        reachableFrom([String(target)], (key) => targetsOf(edges, key)).has(String(source))
      expect(cycle !== undefined).toBe(closes)
      const closed = [...edges, [source, target] as const]
      expect(isCycle(closed, (cycle ?? []).map(Number))).toBe(true)
    }),
  )
})

test('two edges never share a key', () => {
  expect(edgeKey('a', 'b')).toBe('a->b')
  expect(edgeKey('a->b', 'c')).not.toBe(edgeKey('a', 'b->c'))
})
