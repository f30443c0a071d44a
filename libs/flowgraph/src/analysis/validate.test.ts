import { Type } from '@alkdev/typebox'
import { createHostRoot, h } from '@alkdev/ujsx'
import { DirectedGraph } from 'graphology'
import { describe, expect, test } from 'vitest'
import { Conditional, Map as Each, Operation, Parallel, Sequential } from '../component.ts'
import { CycleError, NodeNotFoundError } from '../errors.ts'
import { GraphologyHostConfig } from '../host/graphology.ts'
import { FlowGraph } from '../graph/flow-graph.ts'
import { analyzeTypeCompat, resolveDefaults } from './summary.ts'
import { validate, validateGraph, validateSchema } from './validate.ts'
import { validatePreconditions } from './preconditions.ts'
import { validateTemplate } from './validate-template.ts'
import {
  ancestors,
  criticalPath,
  descendants,
  parallelGroups,
  reachableFrom,
  topologicalOrder,
} from './ways.ts'
import type { JsonSchema } from '@alkdev/operations'
import type { UElement } from '@alkdev/ujsx'
import type { CallGraph } from '../graph/flow-graph.ts'
import type { OperationSpec } from '../schema/attributes.ts'

const op = (name: string, props: object = {}): UElement => h(Operation, { name, ...props })

function spec(name: string, inputSchema: JsonSchema, outputSchema: JsonSchema): OperationSpec {
  return { namespace: '', name, type: 'query', inputSchema, outputSchema }
}

describe('ways of graphology graphs', () => {
  const graph = new DirectedGraph()
  for (const key of ['a', 'b', 'c', 'd']) graph.addNode(key)
  graph.addEdge('a', 'b', { edgeType: 'sequential' })
  graph.addEdge('b', 'c', { edgeType: 'typed', compatible: true })
  graph.addEdge('c', 'd', { edgeType: 'typed', compatible: false })

  test('are those of FlowGraph', () => {
    expect(topologicalOrder(graph)).toEqual(['a', 'd', 'b', 'c'])
    expect(parallelGroups(graph)).toEqual([['a', 'd'], ['b'], ['c']])
    expect(criticalPath(graph)).toEqual(['a', 'b', 'c'])
    expect([...reachableFrom(graph, ['b'])]).toEqual(['b', 'c'])
    expect(ancestors(graph, 'c')).toEqual(['b', 'a'])
    expect(descendants(graph, 'a')).toEqual(['b', 'c'])
    expect(() => descendants(graph, 'x')).toThrow(NodeNotFoundError)
    const cycle = graph.copy()
    cycle.addEdge('c', 'a', { edgeType: 'sequential' })
    expect(() => topologicalOrder(cycle)).toThrow(CycleError)
  })
})

describe('validateSchema', () => {
  test('finds nothing in what the library makes', () => {
    const calls = FlowGraph.fromCallEvents([
      { type: 'call.requested', requestId: 'p', operationId: 'o', timestamp: 0 },
      {
        type: 'call.requested',
        requestId: 'c',
        operationId: 'o',
        parentRequestId: 'p',
        timestamp: 0,
      },
    ])
    const operations = FlowGraph.fromSpecs([
      spec('a', Type.String(), Type.String()),
      spec('b', Type.String(), Type.Number()),
    ])
    operations.edges()
    const steps = createHostRoot(GraphologyHostConfig).render(
      h(Sequential, null, op('a'), h(Conditional, { test: 'a' }, op('b'))),
    ).ctx.flow
    for (const graph of [calls, operations, steps]) expect(validateSchema(graph)).toEqual([])
  })

  test('lists every attribute that does not fit, with its place and value', () => {
    const graph = new FlowGraph()
    graph.addNode('a', {
      name: '',
      namespace: 'n',
      type: 'poll',
      inputSchema: {},
      outputSchema: {},
    })
    graph.addNode('c', { requestId: 'c', operationId: 'o', status: 'lost' })
    graph.addEdge('a', 'c', { edgeType: 'typed' })
    const errors = validateSchema(graph)
    expect(errors.map(({ nodeKey, field }) => `${nodeKey} ${field}`)).toEqual([
      'a /name',
      'a /type',
      'c /status',
      'a->c /compatible',
      'a->c /compatible',
    ])
    expect(errors[1]).toMatchObject({
      type: 'schema',
      value: 'poll',
      message: expect.any(String) as unknown,
    })
  })
})

describe('validateGraph', () => {
  test('finds cycles of order and not those of types', () => {
    const graph = new DirectedGraph()
    for (const key of ['a', 'b']) graph.addNode(key)
    graph.addEdge('a', 'b', { edgeType: 'typed', compatible: true })
    graph.addEdge('b', 'a', { edgeType: 'typed', compatible: true })
    expect(validateGraph(graph)).toEqual([])
    graph.setEdgeAttribute('a', 'b', 'edgeType', 'sequential')
    graph.setEdgeAttribute('b', 'a', 'edgeType', 'sequential')
    expect(validateGraph(graph)).toEqual([
      {
        type: 'graph',
        category: 'cycle',
        message: 'A cycle: a -> b -> a',
        details: { cycle: ['a', 'b'] },
      },
    ])
  })

  test('finds parents that are not there, operations without edges, and statuses that contradict', () => {
    const calls: CallGraph = new FlowGraph()
    calls.addCall({
      requestId: 'c',
      operationId: 'o',
      status: 'running',
      parentRequestId: 'gone',
      completedAt: '2026-01-01T00:00:00Z',
      startedAt: '2026-01-02T00:00:00Z',
    })
    calls.addCall({
      requestId: 'd',
      operationId: 'o',
      status: 'completed',
      error: { code: 'E', message: '' },
    })
    expect(validateGraph(calls).map(({ category, message }) => `${category}: ${message}`)).toEqual([
      'dangling-reference: The parent "gone" of "c" is not there',
      'status-inconsistency: "c" has ended and is running',
      'status-inconsistency: "c" ended before it started',
      'status-inconsistency: "d" has an error and is completed',
    ])
    const operations = FlowGraph.fromSpecs([
      spec('a', Type.String(), Type.String()),
      spec('b', Type.String(), {}),
      spec('lonely', {}, {}),
    ])
    expect(validate(operations)).toEqual([
      {
        type: 'graph',
        category: 'orphan-node',
        message: '"lonely" has no edge',
        details: { nodeKey: 'lonely' },
      },
    ])
  })
})

const text = Type.Object({
  text: Type.String(),
  lines: Type.Array(Type.Object({ n: Type.Integer() })),
})
const operations = FlowGraph.fromSpecs([
  spec('read', Type.Object({ path: Type.String() }), text),
  spec(
    'count',
    Type.Object({ text: Type.String(), from: Type.Optional(Type.Number()) }),
    Type.Integer(),
  ),
  spec('stop', Type.Object({ reason: Type.Number() }), {}),
])

describe('validateTemplate', () => {
  const problems = (template: UElement): string[] =>
    validateTemplate(template, operations).map((error) =>
      error.type === 'type-compat'
        ? `${error.sourceKey} -> ${error.targetKey}: ${error.mismatches.map((each) => `${each.path} ${each.reason}`).join()}`
        : error.type === 'graph'
          ? `${error.category}: ${error.message}`
          : error.message,
    )

  test('finds nothing in a template that fits', () => {
    const template = h(
      Sequential,
      null,
      op('read', { input: { path: 'x' } }),
      op('count', { input: { $result: 'read' } }),
      h(
        Conditional,
        { test: { node: 'count', above: 3 } },
        op('stop', { input: { reason: { $result: 'count' } } }),
      ),
      op('count', {
        key: 'again',
        input: {
          text: { $result: 'read', path: '/text' },
          from: { $result: 'read', path: '/lines/0/n' },
        },
      }),
    )
    expect(problems(template)).toEqual([])
    const registry = new Map(
      operations.nodes().map((key) => [key, operations.getNodeAttributes(key)]),
    )
    expect(validateTemplate(template, registry)).toEqual([])
  })

  test('finds operations that are not known, also inside of a Map', () => {
    const template = h(
      Sequential,
      null,
      op('read'),
      op('nope'),
      h(
        Each,
        { over: { $result: 'read', path: '/lines' }, as: 'l' },
        h(Conditional, { test: true, else: op('neither') }, op('nope2')),
      ),
    )
    expect(problems(template)).toEqual([
      'dangling-reference: There is no operation "nope"',
      'dangling-reference: There is no operation "nope2"',
      'dangling-reference: There is no operation "neither"',
    ])
  })

  test('finds results that do not fit where they go', () => {
    const template = h(
      Sequential,
      null,
      op('read'),
      op('stop', { key: 's1', input: { reason: { $result: 'read', path: '/text' } } }),
      op('stop', { key: 's2', input: { $result: 'read' } }),
      op('stop', { key: 's3', input: { reason: { $result: 'read', path: '/missing' } } }),
    )
    expect(problems(template)).toEqual([
      'read -> s1: /reason type',
      'read -> s2: /reason missing',
      'read -> s3: /reason missing',
    ])
  })

  test('finds what keeps a template from being rendered, all of it', () => {
    const template = h(
      Parallel,
      null,
      op('read', { key: 'k' }),
      h(Sequential, null, op('read', { key: 'k' })),
      h(Conditional, { test: 'count' }, op('count')),
      h(Conditional, { test: 'absent' }, op('stop')),
      h(Conditional, { test: false }, op('stop', { key: 'never' })),
      h('marquee'),
      h('operation'),
    )
    expect(problems(template)).toEqual([
      'status-inconsistency: two steps have the key "k"',
      'orphan-node: "marquee" is no part of a workflow',
      'status-inconsistency: an Operation has no name',
      'cycle: a condition refers to "count", which stands inside its own branch',
      'dangling-reference: there is no step "absent"',
      'orphan-node: "never" is never reached: its condition is a constant',
    ])
  })

  test('never throws, whatever it is given', () => {
    for (const odd of [
      'text',
      5,
      null,
      h('map', {}),
      h('conditional', { test: 'x' }),
      { strange: true } as never,
    ]) {
      expect(Array.isArray(validateTemplate(odd, operations))).toBe(true)
    }
  })
})

describe('validatePreconditions', () => {
  test('finds required inputs without a source', () => {
    const registry = new Map(
      operations.nodes().map((key) => [key, operations.getNodeAttributes(key)]),
    )
    const graph = createHostRoot(GraphologyHostConfig, null, { registry }).render(
      h(
        Sequential,
        null,
        op('read'),
        op('count'),
        op('stop'),
        op('stop', { key: 'given', input: { reason: 1 } }),
      ),
    ).ctx.flow
    expect(validatePreconditions(graph)).toEqual([
      {
        type: 'type-compat',
        sourceKey: 'count',
        targetKey: 'stop',
        compatible: false,
        mismatches: [
          {
            path: '/reason',
            expected: 'number',
            actual: 'not offered by any predecessor',
            reason: 'missing',
          },
        ],
      },
    ])
  })
})

test('a summary counts what fits and says why the rest does not', () => {
  const summary = analyzeTypeCompat(
    FlowGraph.fromSpecs([
      ...operations.nodes().map((key) => ({ ...operations.getNodeAttributes(key) })),
    ]),
  )
  expect([summary.compatible, summary.incompatible, summary.unknown]).toEqual([0, 4, 2])
  expect(summary.errors[0]).toMatchObject({
    type: 'type-compat',
    sourceKey: 'read',
    targetKey: 'count',
  })
})

test('defaults fill in what an operation leaves out', () => {
  expect(resolveDefaults({ name: 'a', type: 'mutation' })).toEqual({
    name: 'a',
    namespace: '',
    type: 'mutation',
    inputSchema: {},
    outputSchema: {},
  })
})
