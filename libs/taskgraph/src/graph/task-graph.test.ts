import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkTasks, TaskGraph } from '../index.ts'
import type { TaskGraphSerialized, TaskInput } from '../index.ts'

const task = (id: string, dependsOn: string[] = [], more: Partial<TaskInput> = {}): TaskInput => ({
  id,
  name: id.toUpperCase(),
  dependsOn,
  ...more,
})
const diamond = () =>
  TaskGraph.fromTasks([task('a'), task('b', ['a']), task('c', ['a']), task('d', ['b', 'c'])])
const chain = (length: number) =>
  Array.from({ length }, (_, index) => task(`t${index}`, index === 0 ? [] : [`t${index - 1}`]))

describe('fromTasks', () => {
  test('builds edges from prerequisite to dependent, in any order of the tasks', () => {
    const graph = TaskGraph.fromTasks([task('b', ['a']), task('a')])
    expect(graph.dependencies('b')).toEqual(['a'])
    expect(graph.dependents('a')).toEqual(['b'])
    expect(graph.topologicalOrder()).toEqual(['a', 'b'])
  })

  test('keeps the name and the categories, drops null and the rest', () => {
    const graph = TaskGraph.fromTasks([
      task('a', [], { risk: null, scope: 'broad', tags: ['x'], assignee: 'me', due: 'soon' }),
    ])
    expect(graph.getTask('a')).toEqual({ name: 'A', scope: 'broad' })
    expect(graph.getTask('b')).toBeUndefined()
  })

  test('an id used twice throws DuplicateNodeError', () => {
    expect(() => TaskGraph.fromTasks([task('a'), task('a')])).toThrow(
      expect.objectContaining({ name: 'DuplicateNodeError', taskId: 'a' }),
    )
  })

  test('a dependency named twice counts once', () => {
    expect(TaskGraph.fromTasks([task('a'), task('b', ['a', 'a'])]).dependencyCount()).toBe(1)
  })

  test('an unknown dependency becomes a node and is reported as unresolved until its task is added', () => {
    const graph = TaskGraph.fromTasks([task('b', ['typo'])])
    expect(graph.getTask('typo')).toEqual({ name: 'typo' })
    expect(graph.unresolvedDependencies()).toEqual([{ taskId: 'b', dependsOn: 'typo' }])
    expect(graph.validate()).toEqual([
      expect.objectContaining({ type: 'graph', category: 'dangling-reference', taskId: 'b' }),
    ])
    graph.addTask('typo', { name: 'No typo' })
    expect(graph.unresolvedDependencies()).toEqual([])
    expect(graph.getTask('typo')).toEqual({ name: 'No typo' })
    expect(graph.dependencies('b')).toEqual(['typo'])
  })

  test('unknown dependencies can be left out or refused', () => {
    const tasks = [task('b', ['typo'])]
    expect(TaskGraph.fromTasks(tasks, { unresolved: 'ignore' }).taskIds()).toEqual(['b'])
    expect(() => TaskGraph.fromTasks(tasks, { unresolved: 'throw' })).toThrow(
      expect.objectContaining({ name: 'TaskNotFoundError', taskId: 'typo' }),
    )
  })

  test('a task that depends on itself throws a typed error, or is left out', () => {
    const tasks = [task('a', ['a'])]
    expect(() => TaskGraph.fromTasks(tasks)).toThrow(
      expect.objectContaining({
        name: 'CircularDependencyError',
        cycles: [['a']],
        message: 'The task "a" depends on itself.',
      }),
    )
    expect(TaskGraph.fromTasks(tasks, { selfDependency: 'ignore' }).dependencyCount()).toBe(0)
  })
})

describe('fromRecords', () => {
  test('takes dependencies from the edges alone', () => {
    const graph = TaskGraph.fromRecords(
      [task('a', ['ghost']), task('b')],
      [{ from: 'a', to: 'b', qualityRetention: 0.5 }],
    )
    expect(graph.taskIds()).toEqual(['a', 'b'])
    expect(graph.export().edges).toEqual([
      { key: 'a->b', source: 'a', target: 'b', attributes: { qualityRetention: 0.5 } },
    ])
  })

  test.each([
    ['an unknown end', [{ from: 'a', to: 'x' }], { name: 'TaskNotFoundError', taskId: 'x' }],
    [
      'a repeated edge',
      [
        { from: 'a', to: 'b' },
        { from: 'a', to: 'b' },
      ],
      { name: 'DuplicateEdgeError', prerequisite: 'a', dependent: 'b' },
    ],
    ['a task on itself', [{ from: 'a', to: 'a' }], { name: 'CircularDependencyError' }],
    [
      'a retention above 1',
      [{ from: 'a', to: 'b', qualityRetention: 1.1 }],
      { name: 'InvalidInputError', field: 'qualityRetention' },
    ],
    [
      'a retention below 0',
      [{ from: 'a', to: 'b', qualityRetention: -0.1 }],
      { name: 'InvalidInputError' },
    ],
    [
      'a retention that is not a number',
      [{ from: 'a', to: 'b', qualityRetention: Number.NaN }],
      { name: 'InvalidInputError' },
    ],
  ])('refuses %s', (_name, edges, error) => {
    expect(() => TaskGraph.fromRecords([task('a'), task('b')], edges)).toThrow(
      expect.objectContaining(error),
    )
  })
})

describe('changes', () => {
  test('tasks and dependencies come and go', () => {
    const graph = diamond()
    graph.addTask('e', { name: 'E' })
    graph.addDependency('d', 'e')
    graph.removeDependency('a', 'c')
    graph.removeDependency('a', 'c')
    graph.removeTask('b')
    graph.removeTask('absent')
    expect(graph.topologicalOrder()).toEqual(['a', 'c', 'd', 'e'])
    expect(graph.dependencies('d')).toEqual(['c'])
    expect(graph.taskCount()).toBe(4)
    expect(graph.dependencyCount()).toBe(2)
  })

  test('attributes are merged', () => {
    const graph = diamond()
    graph.updateTask('a', { risk: 'high' })
    graph.updateEdgeAttributes('a', 'b', { qualityRetention: 0 })
    expect(graph.getTask('a')).toEqual({ name: 'A', risk: 'high' })
    expect(graph.export().edges[0]?.attributes).toEqual({ qualityRetention: 0 })
  })

  test('what is not there is a typed error', () => {
    const graph = diamond()
    const notFound = (taskId: string) =>
      expect.objectContaining({ name: 'TaskNotFoundError', taskId })
    expect(() => graph.updateTask('x', {})).toThrow(notFound('x'))
    expect(() => graph.dependencies('x')).toThrow(notFound('x'))
    expect(() => graph.dependents('x')).toThrow(notFound('x'))
    expect(() => graph.addDependency('a', 'x')).toThrow(notFound('x'))
    expect(() => graph.updateEdgeAttributes('a', 'd', {})).toThrow(notFound('a->d'))
    expect(() => graph.addTask('a', { name: 'A' })).toThrow(
      expect.objectContaining({ name: 'DuplicateNodeError' }),
    )
    expect(() => graph.addTask('', { name: 'A' })).toThrow(expect.objectContaining({ field: 'id' }))
    expect(() => graph.addDependency('a', 'b')).toThrow(
      expect.objectContaining({ name: 'DuplicateEdgeError' }),
    )
  })

  test('a subgraph is a graph of its own with the edges inside', () => {
    const graph = diamond()
    const part = graph.subgraph((id) => id !== 'b')
    part.updateTask('a', { name: 'changed' })
    expect(part.topologicalOrder()).toEqual(['a', 'c', 'd'])
    expect(part.dependencyCount()).toBe(2)
    expect(graph.getTask('a')?.name).toBe('A')
  })
})

describe('cycles', () => {
  const cyclic = () =>
    TaskGraph.fromTasks([task('a', ['c']), task('b', ['a']), task('c', ['b']), task('tail', ['c'])])

  test('are allowed until an order is needed; the error prints them', () => {
    const graph = cyclic()
    expect(graph.hasCycles()).toBe(true)
    expect(graph.findCycles()).toEqual([['a', 'b', 'c']])
    expect(() => graph.topologicalOrder()).toThrow(
      expect.objectContaining({
        name: 'CircularDependencyError',
        cycles: [['a', 'b', 'c']],
        message: 'The tasks depend on each other in a cycle: a -> b -> c -> a.',
      }),
    )
    expect(graph.validateGraph()).toEqual([
      expect.objectContaining({ category: 'cycle', details: [['a', 'b', 'c']] }),
    ])
  })

  test('a graph without one has none', () => {
    expect(diamond().hasCycles()).toBe(false)
    expect(diamond().findCycles()).toEqual([])
    expect(new TaskGraph().topologicalOrder()).toEqual([])
  })

  test('a long one is printed by its two ends', () => {
    const tasks = chain(1000)
    const graph = TaskGraph.fromTasks([task('t0', ['t999']), ...tasks.slice(1)])
    expect(() => graph.topologicalOrder()).toThrow(
      'The tasks depend on each other in a cycle: t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> t6 -> t7 -> t8 -> (990 more) -> t999 -> t0.',
    )
  })

  test('their number is bounded', () => {
    const ids = Array.from({ length: 60 }, (_, index) => `t${index}`)
    const graph = TaskGraph.fromTasks(
      ids.map((id) =>
        task(
          id,
          ids.filter((other) => other !== id),
        ),
      ),
    )
    expect(graph.findCycles({ limit: 7 })).toHaveLength(7)
    expect(graph.findCycles().length).toBeLessThanOrEqual(1000)
  })

  const smallGraph = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 20 }).map((pairs) => {
    const graph = new TaskGraph()
    for (let id = 0; id < 8; id += 1) graph.addTask(`${id}`, { name: `${id}` })
    for (const [from, to] of pairs) {
      if (from !== to && !graph.dependents(`${from}`).includes(`${to}`)) {
        graph.addDependency(`${from}`, `${to}`)
      }
    }
    return graph
  })

  test('each one found is one, and there is an order exactly when none is found', () => {
    fc.assert(
      fc.property(smallGraph, (graph) => {
        const cycles = graph.findCycles()
        for (const cycle of cycles) {
          expect(new Set(cycle).size).toBe(cycle.length)
          for (const [index, id] of cycle.entries()) {
            expect(graph.dependents(id)).toContain(cycle[(index + 1) % cycle.length])
          }
        }
        expect(cycles.length > 0).toBe(graph.hasCycles())
        if (graph.hasCycles()) return
        const order = graph.topologicalOrder()
        expect(order).toHaveLength(8)
        for (const id of order) {
          for (const next of graph.dependents(id)) {
            expect(order.indexOf(next)).toBeGreaterThan(order.indexOf(id))
          }
        }
      }),
    )
  })
})

describe('JSON', () => {
  test('a graph survives it, unresolved dependencies included', () => {
    const graph = TaskGraph.fromTasks([task('a', ['x'], { risk: 'low' }), task('b', ['a'])])
    graph.addTask('c', { name: 'C' })
    graph.addDependency('a', 'c', 0.25)
    const copy = new TaskGraph(JSON.parse(JSON.stringify(graph)) as TaskGraphSerialized)
    expect(copy.export()).toEqual(graph.export())
    expect(copy.unresolvedDependencies()).toEqual([{ taskId: 'a', dependsOn: 'x' }])
  })

  test('has the form of a graphology export', () => {
    expect(TaskGraph.fromTasks([task('a'), task('b', ['a'])]).export()).toEqual({
      attributes: {},
      options: { type: 'directed', multi: false, allowSelfLoops: false },
      nodes: [
        { key: 'a', attributes: { name: 'A' } },
        { key: 'b', attributes: { name: 'B' } },
      ],
      edges: [{ key: 'a->b', source: 'a', target: 'b', attributes: {} }],
    })
    const graph = diamond()
    const fromGraphology = graph.raw.export() as TaskGraphSerialized
    expect(new TaskGraph(fromGraphology).export()).toEqual(graph.export())
    graph.updateEdgeAttributes('a', 'b', { qualityRetention: 1 })
    expect(graph.raw.export()).toMatchObject({
      edges: [{ key: 'a->b', attributes: { qualityRetention: 1 } }, {}, {}, {}],
    })
  })

  test('loads into a graph that has tasks already', () => {
    const graph = TaskGraph.fromTasks([task('z')])
    TaskGraph.fromJSON(diamond().export(), graph)
    expect(graph.taskIds()).toEqual(['z', 'a', 'b', 'c', 'd'])
  })

  const empty = {
    attributes: {},
    options: { type: 'directed', multi: false, allowSelfLoops: false },
  }
  const nodes = [
    { key: 'a', attributes: { name: 'A' } },
    { key: 'b', attributes: { name: 'B' } },
  ]
  const edge = { key: 'k', source: 'a', target: 'b', attributes: {} }
  test.each([
    ['no object', 7, { name: 'InvalidInputError' }],
    ['null', null, { name: 'InvalidInputError' }],
    [
      'a multigraph',
      {
        ...empty,
        options: { type: 'directed', multi: true, allowSelfLoops: false },
        nodes: [],
        edges: [],
      },
      { field: 'options/multi' },
    ],
    [
      'an unknown category',
      { ...empty, nodes: [{ key: 'a', attributes: { name: 'A', risk: 'x' } }], edges: [] },
      { field: 'nodes/0/attributes/risk' },
    ],
    [
      'a retention out of range',
      { ...empty, nodes, edges: [{ ...edge, attributes: { qualityRetention: 2 } }] },
      { field: 'edges/0/attributes/qualityRetention' },
    ],
    [
      'an edge without its node',
      { ...empty, nodes, edges: [{ ...edge, target: 'x' }] },
      { name: 'TaskNotFoundError' },
    ],
    [
      'a node twice',
      { ...empty, nodes: [nodes[0], nodes[0]], edges: [] },
      { name: 'DuplicateNodeError' },
    ],
    ['an edge twice', { ...empty, nodes, edges: [edge, edge] }, { name: 'DuplicateEdgeError' }],
    [
      'a loop',
      { ...empty, nodes, edges: [{ ...edge, target: 'a' }] },
      { name: 'CircularDependencyError' },
    ],
  ])('refuses %s and leaves the target as it was', (_name, data, error) => {
    const target = TaskGraph.fromTasks([task('z')])
    expect(() => TaskGraph.fromJSON(data, target)).toThrow(expect.objectContaining(error))
    expect(target.taskIds()).toEqual(['z'])
  })
})

describe('raw', () => {
  test('is live in both directions', () => {
    const graph = diamond()
    const raw = graph.raw
    expect(graph.raw).toBe(raw)
    raw.addNode('e', { name: 'E' })
    raw.addEdge('d', 'e', { qualityRetention: 0.1 })
    raw.setNodeAttribute('a', 'risk', 'high')
    raw.updateEachEdgeAttributes((_key, attributes) => ({ ...attributes, qualityRetention: 0.2 }))
    raw.dropNode('b')
    expect(graph.topologicalOrder()).toEqual(['a', 'c', 'd', 'e'])
    expect(graph.getTask('a')).toEqual({ name: 'A', risk: 'high' })
    expect(graph.export().edges.map((edge) => edge.attributes.qualityRetention)).toEqual([
      0.2, 0.2, 0.2,
    ])

    graph.addTask('f', { name: 'F' })
    graph.addDependency('e', 'f', 0.3)
    graph.updateTask('f', { scope: 'broad' })
    graph.updateEdgeAttributes('e', 'f', { qualityRetention: 0.4 })
    graph.removeDependency('a', 'c')
    graph.removeTask('d')
    expect(raw.nodes()).toEqual(['a', 'c', 'e', 'f'])
    expect(raw.edges()).toEqual(['e->f'])
    expect(raw.getNodeAttributes('f')).toEqual({ name: 'F', scope: 'broad' })
    expect(raw.getEdgeAttribute('e->f', 'qualityRetention')).toBe(0.4)
    expect(() => graph.addDependency('e', 'f')).toThrow(
      expect.objectContaining({ name: 'DuplicateEdgeError' }),
    )
    expect(() => graph.addDependency('e', 'x')).toThrow(
      expect.objectContaining({ name: 'TaskNotFoundError' }),
    )
    expect(() => graph.addTask('e', { name: 'E' })).toThrow(
      expect.objectContaining({ name: 'DuplicateNodeError' }),
    )
    raw.clearEdges()
    expect(graph.dependencyCount()).toBe(0)
    raw.clear()
    expect(graph.taskCount()).toBe(0)
  })

  test('an unresolved task is filled in there too', () => {
    const graph = TaskGraph.fromTasks([task('a', ['x'])])
    const raw = graph.raw
    graph.addTask('x', { name: 'X' })
    expect(raw.getNodeAttributes('x')).toEqual({ name: 'X' })
    expect(graph.getTask('x')).toEqual({ name: 'X' })
    expect(graph.unresolvedDependencies()).toEqual([])
  })
})

describe('strange ids and sizes', () => {
  test('arrows, blanks and unicode in ids never mix up two edges', () => {
    const ids = ['a', 'a->b', 'b->c', 'c', ' ', 'ä ö', '日本', '__proto__', 'constructor']
    const graph = TaskGraph.fromTasks([...ids.map((id) => task(id)), task('end', ids)])
    graph.addDependency('a', 'b->c')
    graph.addDependency('a->b', 'c')
    const keys = graph.export().edges.map((edge) => edge.key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).toContain('a->end')
    expect(graph.raw.size).toBe(ids.length + 2)
    expect(new TaskGraph(graph.export()).topologicalOrder()).toEqual(graph.topologicalOrder())
    expect(graph.dependencies('c')).toEqual(['a->b'])
  })

  test('a chain and a cycle of 100,000 tasks do not exhaust the stack', { timeout: 60_000 }, () => {
    const tasks = chain(100_000)
    expect(TaskGraph.fromTasks(tasks).topologicalOrder()).toHaveLength(100_000)
    const cycle = TaskGraph.fromTasks([task('t0', ['t99999']), ...tasks.slice(1)])
    expect(cycle.findCycles()[0]).toHaveLength(100_000)
    expect(checkTasks(tasks)).toEqual([])
  })

  test('attributes that do not fit are found by validateSchema', () => {
    const graph = diamond()
    graph.updateTask('b', { risk: 'huge' as 'high' })
    expect(graph.validateSchema()).toEqual([
      expect.objectContaining({ type: 'schema', taskId: 'b', field: 'risk', value: 'huge' }),
    ])
  })
})

test('checkTasks finds everything between the tasks of a list', () => {
  const found = checkTasks([
    task('a', ['c', 'absent']),
    task('a', ['also absent']),
    task('b', ['b', 'a']),
    task('c', ['b']),
  ])
  expect(found.map(({ code, taskId, index, field }) => [code, taskId, index, field])).toEqual([
    ['duplicate-id', 'a', 1, 'id'],
    ['unknown-dependency', 'a', 0, 'dependsOn/1'],
    ['self-dependency', 'b', 2, 'dependsOn/0'],
    ['cycle', 'a', 0, 'dependsOn/0'],
  ])
  expect(checkTasks([task('', ['']), task('', [])])).toEqual([])
  expect(found[0]?.firstIndex).toBe(0)
  expect(found[3]?.cycle).toEqual(['a', 'b', 'c'])
})
