import { Type } from '@alkdev/typebox'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { typeCompat } from '../analysis/type-compat.ts'
import { buildTypeEdges } from '../analysis/build-type-edges.ts'
import { CycleError, DuplicateEdgeError, DuplicateNodeError } from '../errors.ts'
import { FlowGraph } from './flow-graph.ts'
import type { JsonSchema } from '@alkdev/operations'
import type { OperationSpec } from '../schema/attributes.ts'

function spec(name: string, inputSchema: JsonSchema, outputSchema: JsonSchema): OperationSpec {
  return { namespace: 'ns', name, version: '1.0.0', type: 'query', inputSchema, outputSchema }
}

const id = Type.Object({ id: Type.String() })
const count = Type.Object({ count: Type.Number() })
const find = spec('find', Type.Object({ text: Type.String() }), id)
const read = spec('read', id, Type.Object({ text: Type.String(), count: Type.Number() }))
const measure = spec('measure', count, Type.Object({ count: Type.String() }))
const anything = spec('anything', {}, {})

describe('fromSpecs', () => {
  const graph = FlowGraph.fromSpecs([find, read, measure, anything])

  test('keys nodes by namespace and name and keeps what a graph needs of the spec', () => {
    expect(graph.nodes()).toEqual(['ns.find', 'ns.read', 'ns.measure', 'ns.anything'])
    expect(graph.getNodeAttributes('ns.find')).toEqual({ ...find })
    expect(() => FlowGraph.fromSpecs([find, find])).toThrow(DuplicateNodeError)
  })

  test('has an edge for every pair of known schemas, compatible or not', () => {
    expect(graph.getEdgeAttributes('ns.find', 'ns.read')).toEqual({
      edgeType: 'typed',
      compatible: true,
    })
    expect(graph.getEdgeAttributes('ns.read', 'ns.measure')).toEqual({
      edgeType: 'typed',
      compatible: true,
      detail: 'output has extra fields beyond input requirements',
    })
    expect(graph.getEdgeAttributes('ns.find', 'ns.measure')).toMatchObject({
      compatible: false,
      detail: expect.stringContaining('/count') as unknown,
      mismatches: [{ path: '/count', reason: 'missing' }],
    })
    expect(graph.hasEdge('ns.find', 'ns.anything')).toBe(false)
    expect(graph.size).toBe(6)
    expect(graph.edges()).toHaveLength(6)
  })

  test('two operations that feed each other form a cycle and no error', () => {
    expect(graph.successors('ns.read')).toContain('ns.find')
    expect(graph.findCycles()).toEqual([['ns.find', 'ns.read']])
    expect(() => graph.topologicalOrder()).toThrow(CycleError)
  })

  test('only compatible edges lead anywhere', () => {
    expect(graph.successors('ns.find')).toEqual(['ns.read'])
    expect(graph.predecessors('ns.measure')).toEqual(['ns.read'])
    expect(graph.descendants('ns.measure')).toEqual([])
    expect(graph.inDegree('ns.measure')).toBe(2)
  })
})

describe('changes', () => {
  test.each([
    ['before', 0],
    ['after', 2],
  ])('an operation that is added %s the edges were listed gets its edges', (_when, listed) => {
    const graph = FlowGraph.fromSpecs([find, measure])
    expect(listed === 0 ? [] : graph.edges()).toHaveLength(listed)
    graph.addOperation(read)
    expect(graph.successors('ns.find')).toEqual(['ns.read'])
    expect(graph.size).toBe(6)
    graph.updateNode('ns.read', { inputSchema: count })
    expect(graph.successors('ns.find')).toEqual([])
    graph.removeNode('ns.read')
    expect([graph.size, graph.edges().length]).toEqual([2, 2])
  })

  test('an edge that was removed stays away, one that was stated replaces the derived one', () => {
    const graph = FlowGraph.fromSpecs([find, read])
    graph.removeEdge('ns.find', 'ns.read')
    expect([graph.hasEdge('ns.find', 'ns.read'), graph.size]).toEqual([false, 1])
    graph.addTypedEdge('ns.find', 'ns.read', { compatible: true, detail: 'by hand' })
    graph.addTypedEdge('ns.read', 'ns.find', { compatible: false })
    expect(graph.getEdgeAttributes('ns.find', 'ns.read')).toEqual({
      edgeType: 'typed',
      compatible: true,
      detail: 'by hand',
    })
    expect(graph.size).toBe(2)
    expect(() => graph.addTypedEdge('ns.find', 'ns.read', { compatible: true })).toThrow(
      DuplicateEdgeError,
    )
    expect(graph.successors('ns.read')).toEqual([])
  })

  test('a graph built by hand has type edges when it is asked for them', () => {
    const graph = new FlowGraph()
    graph.addOperation(find)
    graph.addOperation(read)
    expect(graph.size).toBe(0)
    graph.addTypedEdge('ns.read', 'ns.find', { compatible: false })
    expect(buildTypeEdges(graph)).toBe(1)
    expect(buildTypeEdges(graph)).toBe(0)
    expect(graph.getEdgeAttributes('ns.read', 'ns.find')).toEqual({
      edgeType: 'typed',
      compatible: false,
    })
  })

  test('a graphology graph gets its type edges written', () => {
    const graph = new FlowGraph()
    for (const each of [find, read, anything]) graph.addOperation(each)
    expect(buildTypeEdges(graph.graph)).toBe(2)
    expect(graph.edges()).toEqual(['ns.find->ns.read', 'ns.read->ns.find'])
    expect(buildTypeEdges(graph.graph)).toBe(0)
  })

  test('what was stored returns, type edges included', () => {
    const graph = FlowGraph.fromSpecs([find, read, measure, anything])
    const stored: unknown = JSON.parse(JSON.stringify(graph))
    expect(JSON.parse(JSON.stringify(FlowGraph.fromJSON(stored)))).toEqual(stored)
  })
})

test('schemas that differ only in annotations are compared once and fit alike', () => {
  const graph = FlowGraph.fromSpecs([
    spec('a', {}, Type.Object({ id: Type.String({ description: 'A' }) })),
    spec('b', Type.Object({ id: Type.String() }, { title: 'B' }), {}),
  ])
  expect(graph.successors('ns.a')).toEqual(['ns.b'])
})

test('too many type edges to list are not listed, and still answered', () => {
  const graph = FlowGraph.fromSpecs(
    Array.from({ length: 1100 }, (_, at) => spec(`op${at}`, id, id)),
  )
  expect(graph.size).toBe(1100 * 1099)
  expect(() => graph.edges()).toThrow('too many')
  expect(graph.successors('ns.op7')).toHaveLength(1099)
  expect(graph.hasEdge('ns.op7', 'ns.op8')).toBe(true)
})

const small: fc.Arbitrary<JsonSchema> = fc.oneof(
  fc.constantFrom<JsonSchema>(
    {},
    true,
    { type: 'string' },
    { type: 'number' },
    { type: 'integer' },
    { enum: ['a', 1] },
    { type: 'Date' },
    { anyOf: [{ type: 'string' }, { type: 'object', required: ['a'] }] },
    false,
  ),
  fc
    .record({
      properties: fc.dictionary(
        fc.constantFrom('a', 'b', 'c'),
        fc.constantFrom<JsonSchema>(
          { type: 'string' },
          { type: 'integer' },
          { type: 'number' },
          {},
          { minLength: 1, type: 'string' },
        ),
      ),
      required: fc.subarray(['a', 'b', 'c']),
      additionalProperties: fc.constantFrom<JsonSchema | undefined>(undefined, false, true, {
        type: 'string',
      }),
      minProperties: fc.constantFrom(undefined, undefined, 1),
    })
    .map((given) => JSON.parse(JSON.stringify({ type: 'object', ...given })) as JsonSchema),
)

/** Schemas that differ in the order of their properties are one to a graph, so mismatches may come in another order. */
function verdict(fit: {
  readonly compatible: boolean
  readonly mismatches?: readonly {
    readonly path: string
    readonly expected: string
    readonly actual: string
  }[]
}): unknown {
  const mismatches = fit.mismatches?.map(
    ({ path, expected, actual }) => `${path} ${expected} ${actual}`,
  )
  return [fit.compatible, mismatches?.toSorted()]
}

test('the edges of a graph say what typeCompat says of each pair', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(small, small), { minLength: 2, maxLength: 8 }),
      fc.constantFrom('possible' as const, 'absent' as const),
      (schemas, undeclared) => {
        const specs = schemas.map(([input, output], at) => spec(`op${at}`, input, output))
        const graph = FlowGraph.fromSpecs(specs, { undeclared })
        let edges = 0
        for (const from of specs) {
          for (const to of specs) {
            if (from === to) continue
            const [source, target] = [`ns.${from.name}`, `ns.${to.name}`]
            const fit = typeCompat(from.outputSchema, to.inputSchema, { undeclared })
            expect(graph.hasEdge(source, target)).toBe(fit !== undefined)
            expect(graph.successors(source).includes(target)).toBe(fit?.compatible === true)
            expect(graph.predecessors(target).includes(source)).toBe(fit?.compatible === true)
            if (fit === undefined) continue
            edges += 1
            expect(verdict(graph.getEdgeAttributes(source, target))).toEqual(verdict(fit))
          }
        }
        expect(graph.size).toBe(edges)
      },
    ),
    { numRuns: 300 },
  )
})
