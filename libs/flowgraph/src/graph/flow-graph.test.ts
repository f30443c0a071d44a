import { describe, expect, test } from 'vitest'
import {
  ConstructionError,
  CycleError,
  DuplicateEdgeError,
  DuplicateNodeError,
  FlowgraphError,
  InvalidInputError,
  NodeNotFoundError,
} from '../errors.ts'
import { FlowGraph } from './flow-graph.ts'

const odd = [
  'a->b',
  'a',
  'b->c',
  'c',
  ' ',
  '',
  '->',
  '"a"',
  'ü 😀',
  'constructor',
  '__proto__',
  'a:depends_on',
]

function chain(length: number, reversed = false): FlowGraph {
  const graph = new FlowGraph()
  for (let at = 0; at < length; at += 1) graph.addNode(`n${at}`, {})
  for (let at = 1; at < length; at += 1) {
    const to = reversed ? length - at : at
    graph.addEdge(`n${to - 1}`, `n${to}`)
  }
  return graph
}

describe('nodes', () => {
  test('are added, updated in part, read and removed with their edges', () => {
    const graph = new FlowGraph<{ n: number; m?: string }>()
    graph.addNode('a', { n: 1 })
    graph.addNode('b', { n: 2 })
    graph.addEdge('a', 'b')
    graph.updateNode('a', { m: 'x' })
    expect(graph.getNodeAttributes('a')).toEqual({ n: 1, m: 'x' })
    graph.removeNode('a')
    expect([graph.order, graph.size, graph.hasNode('a'), graph.nodes()]).toEqual([
      1,
      0,
      false,
      ['b'],
    ])
  })

  test('twice the same key, or an unknown one, is an error that says which', () => {
    const graph = new FlowGraph()
    graph.addNode('a', {})
    expect(() => graph.addNode('a', {})).toThrow('Node with key "a" already exists')
    expect(() => graph.addNode('a', {})).toThrow(DuplicateNodeError)
    for (const misuse of [
      () => graph.removeNode('x'),
      () => graph.updateNode('x', {}),
      () => graph.getNodeAttributes('x'),
      () => graph.successors('x'),
      () => graph.ancestors('x'),
      () => graph.addEdge('a', 'x'),
    ]) {
      expect(misuse).toThrow(NodeNotFoundError)
    }
  })

  test('any string is a key, and no two pairs share an edge key', () => {
    const graph = new FlowGraph()
    for (const key of odd) graph.addNode(key, { key })
    for (const [at, key] of odd.entries()) {
      for (const other of odd.slice(at + 1)) graph.addEdge(key, other, { from: key, to: other })
    }
    expect(new Set(graph.edges()).size).toBe((odd.length * (odd.length - 1)) / 2)
    expect(graph.getEdgeAttributes('a->b', 'c')).toEqual({ from: 'a->b', to: 'c' })
    expect(graph.getEdgeAttributes('a', 'b->c')).toEqual({ from: 'a', to: 'b->c' })
    expect(graph.topologicalOrder()).toEqual(odd)
    expect(FlowGraph.fromJSON(JSON.parse(graph.toString())).export()).toEqual(graph.export())
    expect(graph._edgeKey('a', 'b')).toBe('a->b')
  })
})

describe('edges', () => {
  test('twice the same pair is an error; removing what is not there is none', () => {
    const graph = chain(3)
    expect(() => graph.addEdge('n0', 'n1')).toThrow(DuplicateEdgeError)
    graph.removeEdge('n2', 'n0')
    graph.removeEdge('n0', 'n1')
    expect([graph.hasEdge('n0', 'n1'), graph.hasEdge('n1', 'n2'), graph.size]).toEqual([
      false,
      true,
      1,
    ])
    expect(() => graph.getEdgeAttributes('n0', 'n1')).toThrow(NodeNotFoundError)
  })

  test('one that closes a cycle is refused before anything changes, and the message shows the cycle', () => {
    const graph = chain(4)
    const close = (): void => graph.addEdge('n3', 'n1', { edgeType: 'sequential' })
    expect(close).toThrow(CycleError)
    expect(close).toThrow('"n1" -> "n2" -> "n3" -> "n1"')
    expect(close).toThrow(ConstructionError)
    expect(close).toThrow(FlowgraphError)
    expect(() => graph.addEdge('n1', 'n1')).toThrow(CycleError)
    expect(graph.size).toBe(3)
  })

  test('typed edges may form cycles', () => {
    const graph = chain(2)
    graph.addEdge('n1', 'n0', { edgeType: 'typed', compatible: true })
    expect(graph.hasCycles()).toBe(true)
    expect(graph.findCycles()).toEqual([['n0', 'n1']])
    expect(() => graph.topologicalOrder()).toThrow(CycleError)
  })

  test(
    'a chain of 100,000 nodes is built from either end and ordered',
    { timeout: 120_000 },
    () => {
      const forward = chain(100_000)
      expect(forward.topologicalOrder().at(-1)).toBe('n99999')
      const backward = chain(100_000, true)
      expect(backward.criticalPath()).toHaveLength(100_000)
      expect(backward.parallelGroups()).toHaveLength(100_000)
      expect(backward.ancestors('n99999')).toHaveLength(99_999)
      expect(() => backward.addEdge('n99999', 'n0')).toThrow('more')
      expect(backward.findCycles()).toEqual([])
    },
  )
})

describe('ways', () => {
  function diamond(): FlowGraph {
    const graph = new FlowGraph()
    for (const key of ['s', 'a', 'b', 't', 'alone']) graph.addNode(key, {})
    for (const [from, to] of [
      ['s', 'a'],
      ['s', 'b'],
      ['a', 't'],
      ['b', 't'],
    ] as const)
      graph.addEdge(from, to)
    return graph
  }

  test('neighbours, degrees and everything reachable', () => {
    const graph = diamond()
    expect(graph.successors('s')).toEqual(['a', 'b'])
    expect(graph.predecessors('t')).toEqual(['a', 'b'])
    expect([graph.inDegree('t'), graph.outDegree('t'), graph.degree('a')]).toEqual([2, 0, 2])
    expect(graph.ancestors('t').toSorted()).toEqual(['a', 'b', 's'])
    expect(graph.descendants('s').toSorted()).toEqual(['a', 'b', 't'])
    expect([...graph.reachableFrom(['a', 'alone'])].toSorted()).toEqual(['a', 'alone', 't'])
  })

  test('order, groups and the longest way, by count and by weight', () => {
    const graph = diamond()
    expect(graph.topologicalOrder()).toEqual(['s', 'alone', 'a', 'b', 't'])
    expect(graph.parallelGroups()).toEqual([['s', 'alone'], ['a', 'b'], ['t']])
    expect(graph.criticalPath()).toEqual(['s', 'a', 't'])
    expect(graph.criticalPath((key) => (key === 'b' ? 5 : 1))).toEqual(['s', 'b', 't'])
    expect(new FlowGraph().criticalPath()).toEqual([])
  })
})

describe('the graphology graph', () => {
  test('shows what is there and stays equal, whichever side is changed', () => {
    const graph = chain(3)
    const raw = graph.graph
    expect([raw.order, raw.size, raw.edges()]).toEqual([3, 2, ['n0->n1', 'n1->n2']])
    graph.addNode('new', { n: 1 })
    graph.addEdge('n2', 'new', { edgeType: 'sequential' })
    graph.updateNode('new', { n: 2 })
    graph.removeEdge('n0', 'n1')
    expect(raw.getNodeAttributes('new')).toEqual({ n: 2 })
    expect(raw.edges()).toEqual(['n1->n2', 'n2->new'])
    raw.addNode('foreign', { from: 'outside' })
    raw.addEdge('new', 'foreign', { edgeType: 'sequential' })
    raw.setNodeAttribute('foreign', 'more', true)
    raw.setEdgeAttribute('n1', 'n2', 'seen', true)
    expect(graph.getNodeAttributes('foreign')).toEqual({ from: 'outside', more: true })
    expect(graph.getEdgeAttributes('n1', 'n2')).toEqual({ seen: true })
    expect(graph.descendants('n1')).toEqual(['n2', 'new', 'foreign'])
    raw.dropNode('new')
    expect([graph.order, graph.size]).toEqual([4, 1])
    raw.clearEdges()
    expect(graph.size).toBe(0)
    raw.clear()
    expect(graph.order).toBe(0)
  })

  test('says so when it cannot hold a key', () => {
    const graph = new FlowGraph()
    graph.addNode('a', {})
    graph.addNode('constructor', {})
    graph.addEdge('a', 'constructor')
    expect(() => graph.graph).toThrow('"constructor"')
  })
})

describe('the stored form', () => {
  test("is graphology's export", () => {
    const graph = chain(2)
    expect(graph.toJSON()).toEqual({
      attributes: {},
      options: { type: 'directed', multi: false, allowSelfLoops: false },
      nodes: [
        { key: 'n0', attributes: {} },
        { key: 'n1', attributes: {} },
      ],
      edges: [{ key: 'n0->n1', source: 'n0', target: 'n1', attributes: {} }],
    })
    expect(graph.graph.export()).toMatchObject({ options: graph.export().options })
    expect(FlowGraph.fromJSON(graph.graph.export()).export()).toEqual(graph.export())
  })

  test('with anything wrong is refused with every problem', () => {
    const wrong = {
      nodes: [{ key: 'a' }, { key: 'a' }, { key: 'b' }],
      edges: [
        { source: 'a', target: 'x' },
        { source: 'a', target: 'b' },
        { source: 'a', target: 'b' },
      ],
    }
    let caught: unknown
    try {
      FlowGraph.fromJSON(wrong)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(InvalidInputError)
    expect((caught as InvalidInputError).errors.map((each) => each.path)).toEqual([
      '/nodes/1/key',
      '/edges/0/target',
      '/edges/2',
    ])
    for (const broken of [
      null,
      5,
      {},
      { nodes: {}, edges: [] },
      { nodes: [{ key: 1 }], edges: [] },
    ]) {
      expect(() => FlowGraph.fromJSON(broken)).toThrow(InvalidInputError)
    }
  })

  test('with a cycle is refused, unless it is one of types', () => {
    const data = (edgeType: string): unknown => ({
      nodes: [{ key: 'a' }, { key: 'b' }],
      edges: [
        { source: 'a', target: 'b', attributes: { edgeType } },
        { source: 'b', target: 'a', attributes: { edgeType } },
      ],
    })
    expect(() => FlowGraph.fromJSON(data('sequential'))).toThrow(CycleError)
    expect(FlowGraph.fromJSON(data('typed')).size).toBe(2)
  })
})

test('options take only the values that every flow graph has', () => {
  expect(new FlowGraph({ type: 'directed', multi: false, allowSelfLoops: false }).order).toBe(0)
  expect(() => new FlowGraph({ multi: true } as never)).toThrow(InvalidInputError)
})
