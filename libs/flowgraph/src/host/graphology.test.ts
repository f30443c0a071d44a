import { Type } from '@alkdev/typebox'
import { createHostRoot, h, signal } from '@alkdev/ujsx'
import { describe, expect, test } from 'vitest'
import { Conditional, Map as Each, Operation, Parallel, Sequential } from '../component.ts'
import { CycleError, DuplicateNodeError, InvalidInputError, NodeNotFoundError } from '../errors.ts'
import { FlowGraph } from '../graph/flow-graph.ts'
import { GraphologyHostConfig } from './graphology.ts'
import type { UChild, UElement } from '@alkdev/ujsx'
import type { OperationSpec } from '../schema/attributes.ts'
import type { TemplateGraph } from '../template/to-graph.ts'

const op = (name: string, props: object = {}): UElement => h(Operation, { name, ...props })

function flow(template: UChild): TemplateGraph {
  return createHostRoot(GraphologyHostConfig, null).render(template).ctx.flow
}

function edges(template: UChild): string[] {
  return flow(template).edges()
}

describe('order', () => {
  test('a new context is an empty graph and an empty stack; the registry is on the context', () => {
    const registry = new Map<string, OperationSpec>()
    const ctx = GraphologyHostConfig.createRootContext(null, { registry })
    expect([ctx.graph.order, ctx.graph.size, ctx.parentStack, ctx.operationRegistry]).toEqual([
      0,
      0,
      [],
      registry,
    ])
  })

  test('children of Sequential follow each other; containers are no nodes', () => {
    const root = createHostRoot(GraphologyHostConfig, null)
    root.render(h(Sequential, null, op('A'), op('B'), op('C')))
    const { graph, parentStack, top } = root.ctx
    expect(graph.nodes()).toEqual(['A', 'B', 'C'])
    expect(graph.edges()).toEqual(['A->B', 'B->C'])
    expect(graph.getEdgeAttributes('A->B')).toEqual({ edgeType: 'sequential' })
    expect(parentStack).toEqual([])
    expect(top[0]).toMatchObject({
      key: '__sequential_0',
      children: [{ key: 'A', attributes: { operationId: 'A' } }, {}, {}],
    })
  })

  test('children of Parallel do not wait for each other; what follows waits for all', () => {
    expect(
      edges(
        h(
          Sequential,
          null,
          op('A'),
          h(Parallel, null, op('B'), h(Sequential, null, op('C'), op('D'))),
          op('E'),
        ),
      ),
    ).toEqual(['A->B', 'A->C', 'B->E', 'C->D', 'D->E'])
  })

  test('what has no steps is passed over', () => {
    expect(
      edges(
        h(
          Sequential,
          null,
          op('A'),
          h(Parallel),
          h(Sequential, null, h(Parallel)),
          op('B'),
          h(Each, { over: [], as: 'x' }, op('C')),
        ),
      ),
    ).toEqual(['A->B'])
    expect(flow(null).order).toBe(0)
  })

  test('components may be called without h, and templates are plain data', () => {
    const template = Sequential(
      {},
      Operation({ name: 'A', key: 'first' }),
      Operation({ name: 'B' }),
    )
    expect(JSON.parse(JSON.stringify(template))).toEqual(template)
    expect(flow(JSON.parse(JSON.stringify(template)) as UElement).edges()).toEqual(['first->B'])
  })

  test('a join of too many with too many is refused', () => {
    const many = (name: string): UElement =>
      h(
        Parallel,
        null,
        Array.from({ length: 1500 }, (_, at) => op(`${name}${at}`)),
      )
    expect(() => flow(h(Sequential, null, many('a'), many('b')))).toThrow('2000000 edges')
  })
})

describe('keys', () => {
  test('a step has the name of its operation, numbered from the second on, or its own key', () => {
    const graph = flow(h(Sequential, null, op('A'), op('A'), op('A', { key: 'mine' }), op('A')))
    expect(graph.nodes()).toEqual(['A', 'A#2', 'mine', 'A#3'])
    expect(graph.getNodeAttributes('mine').operationId).toBe('A')
  })

  test('a key twice is refused', () => {
    expect(() =>
      flow(h(Parallel, null, op('A', { key: 'k' }), h(Sequential, null, op('B', { key: 'k' })))),
    ).toThrow(DuplicateNodeError)
  })

  test('ids with arrows, spaces and other letters are keys like others', () => {
    const names = ['a->b', ' ', 'ü', 'constructor.x']
    expect(
      flow(
        h(
          Sequential,
          null,
          names.map((name) => op(name)),
        ),
      ).topologicalOrder(),
    ).toEqual(names)
  })
})

describe('what steps are', () => {
  test('schemas come from the registry; what it does not know has unknown ones', () => {
    const spec: OperationSpec = {
      namespace: 'fs',
      name: 'read',
      type: 'query',
      version: '2.0.0',
      inputSchema: Type.Object({}),
      outputSchema: Type.String(),
    }
    const registry = new Map([['fs.read', spec]])
    const { ctx } = createHostRoot(GraphologyHostConfig, null, { registry }).render(
      h(Sequential, null, op('fs.read'), op('no.such.op', { retries: 2 })),
    )
    expect(ctx.flow.getNodeAttributes('fs.read')).toEqual({ ...spec, operationId: 'fs.read' })
    expect(ctx.flow.getNodeAttributes('no.such.op')).toEqual({
      name: 'op',
      namespace: 'no.such',
      type: 'mutation',
      inputSchema: {},
      outputSchema: {},
      operationId: 'no.such.op',
      retries: 2,
    })
  })

  test.each<[string, UChild]>([
    ['text', h(Sequential, null, 'text')],
    ['an unknown tag', h('marquee')],
    ['an operation without a name', h('operation', {})],
    ['a condition without a test', h('conditional', {}, op('A'))],
    ['a Map without a list', h('map', { as: 'x' }, op('A'))],
    ['a Map with two children', h(Each, { over: [1], as: 'x' }, op('A'), op('B'))],
    ['a limit below one', h(Parallel, { maxConcurrency: 0 }, op('A'))],
  ])('%s is refused', (_name, template) => {
    expect(() => flow(template)).toThrow(InvalidInputError)
  })
})

describe('conditions', () => {
  test('lead from what came before into the branches', () => {
    const graph = flow(
      h(
        Sequential,
        null,
        op('A'),
        h(Conditional, { test: 'A', else: op('C') }, op('B'), op('B2')),
        op('D'),
      ),
    )
    expect(graph.edges()).toEqual(['A->B', 'A->C', 'B->B2', 'B2->D', 'C->D'])
    expect(graph.getEdgeAttributes('A', 'B')).toEqual({
      edgeType: 'conditional',
      condition: 'A',
      dataFlow: true,
      boundary: true,
    })
    expect(graph.getEdgeAttributes('A', 'C')).toEqual({
      edgeType: 'conditional',
      condition: 'A',
      negated: true,
      dataFlow: true,
      boundary: true,
    })
    expect(graph.getEdgeAttributes('B', 'B2')).toEqual({ edgeType: 'sequential' })
    expect(graph.getNodeAttributes('B2').guards).toEqual([
      { id: '__conditional_0', condition: 'A', negated: false },
    ])
  })

  test('wait for every step that they name, wherever it stands', () => {
    const condition = {
      any: [
        { node: 'X', path: '/ok', equals: true },
        { not: { node: 'Y', status: 'completed' as const } },
      ],
    }
    const graph = flow(
      h(
        Parallel,
        null,
        op('X'),
        h(Sequential, null, op('A'), h(Conditional, { test: condition }, op('B'))),
        op('Y'),
      ),
    )
    expect(graph.predecessors('B').toSorted()).toEqual(['A', 'X', 'Y'])
    expect(graph.getEdgeAttributes('A', 'B')).not.toHaveProperty('boundary')
    expect(graph.getEdgeAttributes('Y', 'B')).toMatchObject({
      edgeType: 'conditional',
      boundary: true,
    })
  })

  test('name a step by its operation where only one calls it', () => {
    expect(
      edges(
        h(Parallel, null, op('ns.op', { key: 'k' }), h(Conditional, { test: 'ns.op' }, op('B'))),
      ),
    ).toEqual(['k->B'])
    expect(() =>
      flow(
        h(
          Parallel,
          null,
          op('o', { key: 'a' }),
          op('o', { key: 'b' }),
          h(Conditional, { test: 'o' }, op('B')),
        ),
      ),
    ).toThrow(NodeNotFoundError)
  })

  test('on a step of their own branch, on an unknown one or in a cycle are refused', () => {
    expect(() => flow(h(Conditional, { test: 'A' }, op('A')))).toThrow(CycleError)
    expect(() => flow(h(Conditional, { test: 'absent' }, op('A')))).toThrow(NodeNotFoundError)
    const cycle = h(
      Parallel,
      null,
      h(Conditional, { test: 'B' }, op('A')),
      h(Conditional, { test: 'A' }, op('B')),
    )
    expect(() => flow(cycle)).toThrow(CycleError)
  })

  test('may stand at the start, inside each other, and have functions as tests', () => {
    const always = (): boolean => true
    const graph = flow(
      h(
        Sequential,
        null,
        h(Conditional, { test: always }, h(Conditional, { test: false }, op('A'))),
        op('B'),
      ),
    )
    expect(graph.edges()).toEqual(['A->B'])
    expect(graph.getNodeAttributes('A').guards?.map((guard) => guard.condition)).toEqual([
      always,
      false,
    ])
  })
})

describe('data', () => {
  test('an input that names a result waits for it', () => {
    const graph = flow(
      h(
        Sequential,
        null,
        op('A'),
        op('B'),
        op('C', { input: { a: { $result: 'A', path: '/x' }, b: [{ $result: 'B' }], c: 1 } }),
      ),
    )
    expect(graph.edges()).toEqual(['A->B', 'A->C', 'B->C'])
    expect(graph.getEdgeAttributes('A', 'C')).toEqual({ edgeType: 'sequential', dataFlow: true })
    expect(graph.getEdgeAttributes('B', 'C')).toEqual({ edgeType: 'sequential', dataFlow: true })
  })

  test('an input that names what comes later is refused', () => {
    expect(() => flow(h(Sequential, null, op('A', { input: { $result: 'B' } }), op('B')))).toThrow(
      CycleError,
    )
    expect(() => flow(op('A', { input: { $result: 'A' } }))).toThrow(CycleError)
    expect(() => flow(op('A', { input: { $result: 'B' } }))).toThrow(NodeNotFoundError)
  })
})

describe('Map', () => {
  test('over a list is its child once for each item', () => {
    const child = h(
      Sequential,
      null,
      op('get', { input: { $item: 'file' } }),
      op('use', { input: { $result: 'get' } }),
    )
    const graph = flow(
      h(Sequential, null, op('A'), h(Each, { over: ['x', 'y'], as: 'file' }, child), op('Z')),
    )
    expect(graph.nodes()).toEqual([
      'A',
      'map[0]/get',
      'map[0]/use',
      'map[1]/get',
      'map[1]/use',
      'Z',
    ])
    expect(graph.edges()).toEqual([
      'A->map[0]/get',
      'A->map[1]/get',
      'map[0]/get->map[0]/use',
      'map[0]/use->Z',
      'map[1]/get->map[1]/use',
      'map[1]/use->Z',
    ])
    expect(graph.getNodeAttributes('map[1]/use')).toMatchObject({
      scope: 'map[1]/',
      items: [{ as: 'file', index: 1, value: 'y' }],
    })
  })

  test.each([
    ['a function', () => [1]],
    ['a signal', signal([1])],
    ['the result of a step', { $result: 'A', path: '/files' }],
  ])('over %s is one step until it is reached', (_name, over) => {
    const graph = flow(
      h(
        Sequential,
        null,
        op('A'),
        h(Each, { over, as: 'n', key: 'm' }, op('B', { input: { $result: 'A' } })),
      ),
    )
    expect(graph.nodes()).toEqual(['A', 'm'])
    expect(graph.edges()).toEqual(['A->m'])
    expect(graph.getEdgeAttributes('A', 'm')).toEqual({ edgeType: 'sequential', dataFlow: true })
    expect(graph.getNodeAttributes('m').map).toEqual({
      over,
      as: 'n',
      template: op('B', { input: { $result: 'A' } }),
    })
  })
})

test('limits of groups are on their steps, and only where there are more than fit', () => {
  const graph = flow(
    h(
      Sequential,
      null,
      h(Parallel, { maxConcurrency: 1 }, op('A'), h(Sequential, null, op('B'), op('C'))),
      h(Parallel, { maxConcurrency: 9 }, op('D'), op('E')),
    ),
  )
  const slotOf = (child: number): unknown => [{ group: '__parallel_0', max: 1, child }]
  expect(['A', 'B', 'C', 'D'].map((key) => graph.getNodeAttributes(key).slots)).toEqual([
    slotOf(0),
    slotOf(1),
    slotOf(1),
    undefined,
  ])
})

test('rendering again follows changes, removals and a new order', () => {
  const root = createHostRoot(GraphologyHostConfig, null)
  root.render(
    h(Sequential, null, op('A', { key: 'a' }), op('B', { key: 'b' }), op('C', { key: 'c' })),
  )
  root.render(h(Sequential, null, op('C', { key: 'c' }), op('A2', { key: 'a' })))
  expect(root.ctx.flow.edges()).toEqual(['c->a'])
  expect(root.ctx.graph.getNodeAttributes('a')).toMatchObject({ operationId: 'A2' })
  root.unmount()
  expect(root.ctx.graph.order).toBe(0)
})

test('a graph without functions goes through JSON', () => {
  const graph = flow(
    h(
      Sequential,
      null,
      op('A'),
      h(Conditional, { test: { node: 'A', path: '/n', above: 3 } }, op('B')),
      h(Each, { over: { $result: 'A' }, as: 'x' }, op('C')),
    ),
  )
  expect(FlowGraph.fromJSON(JSON.parse(graph.toString())).export()).toEqual(graph.export())
})

test('chains and nesting of 100,000 are no trouble', { timeout: 120_000 }, () => {
  const steps = Array.from({ length: 100_000 }, (_, at) => op(`n${at}`))
  expect(flow(h(Sequential, null, steps)).size).toBe(99_999)
  let nested = op('last')
  for (let at = 0; at < 100_000; at += 1) nested = Sequential({}, op(`n${at}`), nested)
  expect(flow(nested).size).toBe(100_000)
  let guarded = op('last')
  for (let at = 0; at < 1000; at += 1) guarded = Conditional({ test: true }, guarded)
  expect(() => flow(guarded)).toThrow('500 Conditionals')
})
