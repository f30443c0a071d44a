import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bottlenecks,
  criticalPath,
  decomposeAdvice,
  nextTasks,
  parallelGroups,
  riskDistribution,
  riskPath,
  schedule,
  shouldDecomposeTask,
  TaskGraph,
  weightedCriticalPath,
  whatIf,
  workflowCost,
} from '../index.ts'
import type { TaskInput } from '../index.ts'

const task = (id: string, dependsOn: string[] = [], more: Partial<TaskInput> = {}): TaskInput => ({
  id,
  name: id.toUpperCase(),
  dependsOn,
  ...more,
})
const diamond = () =>
  TaskGraph.fromTasks([
    task('a'),
    task('b', ['a'], { scope: 'system' }),
    task('c', ['a'], { scope: 'single' }),
    task('d', ['b', 'c']),
  ])
const cycle = () => TaskGraph.fromTasks([task('a', ['b']), task('b', ['a']), task('c')])
const chain = (length: number) =>
  TaskGraph.fromTasks(
    Array.from({ length }, (_, index) => task(`t${index}`, index === 0 ? [] : [`t${index - 1}`])),
  )

/** Small graphs without cycles: an edge always runs from the lower to the higher number. */
const acyclic = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 14 }).map((pairs) => {
  const dependsOn = Array.from({ length: 7 }, () => new Set<string>())
  for (const [x, y] of pairs) if (x !== y) dependsOn[Math.max(x, y)]?.add(`${Math.min(x, y)}`)
  return TaskGraph.fromTasks(dependsOn.map((ids, index) => task(`${index}`, [...ids])))
})

function allPaths(graph: TaskGraph): string[][] {
  const from = (id: string): string[][] => [
    [id],
    ...graph.dependents(id).flatMap((next) => from(next).map((rest) => [id, ...rest])),
  ]
  return graph.taskIds().flatMap(from)
}

describe('what needs an order', () => {
  test.each([
    ['parallelGroups', parallelGroups],
    ['criticalPath', criticalPath],
    ['riskPath', riskPath],
    ['schedule', schedule],
    ['whatIf', (graph: TaskGraph) => whatIf(graph, {})],
    ['workflowCost', workflowCost],
  ])('%s of a cycle throws CircularDependencyError', (_name, analysis) => {
    expect(() => analysis(cycle())).toThrow(
      expect.objectContaining({ name: 'CircularDependencyError', cycles: [['a', 'b']] }),
    )
  })

  test('a failing weight function is not reported as a cycle', () => {
    const failure = new Error('mine')
    const fail = () => {
      throw failure
    }
    expect(() => weightedCriticalPath(diamond(), fail)).toThrow(failure)
  })

  test('an empty graph has empty answers', () => {
    const graph = new TaskGraph()
    expect(parallelGroups(graph)).toEqual([])
    expect(criticalPath(graph)).toEqual([])
    expect(riskPath(graph)).toEqual({ path: [], totalRisk: 0 })
    expect(bottlenecks(graph)).toEqual([])
    expect(schedule(graph)).toEqual({ tasks: [], duration: 0 })
    expect(nextTasks(graph)).toEqual({ ready: [], waiting: [] })
  })

  test('a chain of 100,000 tasks is no problem', { timeout: 60_000 }, () => {
    const graph = chain(100_000)
    expect(parallelGroups(graph)).toHaveLength(100_000)
    expect(criticalPath(graph)).toHaveLength(100_000)
    expect(schedule(graph).duration).toBe(200_000)
    expect(workflowCost(graph).taskCount).toBe(100_000)
    expect(nextTasks(graph).ready).toEqual([
      { taskId: 't0', name: 'T0', priority: null, risk: null, remaining: 200_000, unblocks: 1 },
    ])
  })
})

describe('parallelGroups', () => {
  test('are the generations by depth', () => {
    expect(parallelGroups(diamond())).toEqual([['a'], ['b', 'c'], ['d']])
  })

  test('a task is in the group after that of its last prerequisite', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const groups = parallelGroups(graph)
        const depth = (id: string) => groups.findIndex((group) => group.includes(id))
        expect(groups.flat().toSorted()).toEqual(graph.taskIds().toSorted())
        for (const id of graph.taskIds()) {
          expect(depth(id)).toBe(
            Math.max(0, ...graph.dependencies(id).map((one) => depth(one) + 1)),
          )
        }
      }),
    )
  })
})

describe('critical paths', () => {
  test('the first of the longest chains, and the heaviest one', () => {
    expect(criticalPath(diamond())).toEqual(['a', 'b', 'd'])
    expect(weightedCriticalPath(diamond(), (id) => (id === 'c' ? 5 : 1))).toEqual(['a', 'c', 'd'])
    expect(weightedCriticalPath(diamond(), () => 0)).toEqual(['a'])
  })

  test('a weight that is not a number is refused', () => {
    expect(() => weightedCriticalPath(diamond(), () => Number.NaN)).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', field: 'weight' }),
    )
  })

  test('no other chain is heavier', () => {
    fc.assert(
      fc.property(
        acyclic,
        fc.array(fc.integer({ min: -3, max: 9 }), { minLength: 7, maxLength: 7 }),
        (graph, weights) => {
          const weigh = (path: readonly string[]) =>
            path.reduce((sum, id) => sum + (weights[Number(id)] ?? 0), 0)
          const found = weightedCriticalPath(graph, (id) => weights[Number(id)] ?? 0)
          const steps = found.slice(1).map((id, index) => [found[index] ?? '', id] as const)
          for (const [from, to] of steps) expect(graph.dependents(from)).toContain(to)
          expect(weigh(found)).toBe(Math.max(...allPaths(graph).map(weigh)))
        },
      ),
    )
  })
})

describe('bottlenecks', () => {
  test('the middle of a chain and of a star', () => {
    expect(bottlenecks(chain(3))).toEqual([
      { taskId: 't1', score: 0.5 },
      { taskId: 't0', score: 0 },
      { taskId: 't2', score: 0 },
    ])
    expect(bottlenecks(chain(2)).map(({ score }) => score)).toEqual([0, 0])
    const star = TaskGraph.fromTasks([
      task('x'),
      task('y'),
      task('m', ['x', 'y']),
      task('z', ['m']),
    ])
    expect(bottlenecks(star)[0]).toEqual({ taskId: 'm', score: 2 / 6 })
    expect(bottlenecks(diamond()).map(({ score }) => score)).toEqual([0.5 / 6, 0.5 / 6, 0, 0])
  })

  test('work on cycles too', () => {
    const ring = TaskGraph.fromTasks([task('a', ['c']), task('b', ['a']), task('c', ['b'])])
    expect(bottlenecks(ring).map(({ score }) => score)).toEqual([0.5, 0.5, 0.5])
  })

  test('are the share of shortest paths between all pairs', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const paths = allPaths(graph).filter((path) => path.length > 1)
        const pairs = Map.groupBy(paths, (path) => `${path[0]} ${path.at(-1)}`)
        const expected = new Map(graph.taskIds().map((id) => [id, 0]))
        for (const all of pairs.values()) {
          const shortest = Math.min(...all.map((path) => path.length))
          const best = all.filter((path) => path.length === shortest)
          for (const id of best.flatMap((path) => path.slice(1, -1))) {
            expected.set(id, (expected.get(id) ?? 0) + 1 / best.length / 30)
          }
        }
        const found = bottlenecks(graph)
        for (const { taskId, score } of found)
          expect(score).toBeCloseTo(expected.get(taskId) ?? -1, 12)
        expect(found.map(({ score }) => score)).toEqual(
          found.map(({ score }) => score).toSorted((a, b) => b - a),
        )
      }),
    )
  })
})

describe('risk', () => {
  test('the path adds up risk times impact, with defaults', () => {
    const graph = TaskGraph.fromTasks([
      task('a'),
      task('b', ['a'], { risk: 'critical', impact: 'project' }),
      task('c', ['a'], { risk: 'high' }),
    ])
    const { path, totalRisk } = riskPath(graph)
    expect(path).toEqual(['a', 'b'])
    expect(totalRisk).toBeCloseTo(0.2 + 0.5 * 3, 12)
  })

  test('the distribution has no default', () => {
    const graph = TaskGraph.fromTasks([
      task('a', [], { risk: 'low' }),
      task('b'),
      task('c', [], { risk: 'low' }),
    ])
    expect(riskDistribution(graph)).toEqual({
      trivial: [],
      low: ['a', 'c'],
      medium: [],
      high: [],
      critical: [],
      unspecified: ['b'],
    })
  })
})

describe('decomposing', () => {
  test('is advised for high risk or broad scope, with figures', () => {
    expect(shouldDecomposeTask({ name: 'A', risk: 'critical', scope: 'system' })).toEqual({
      shouldDecompose: true,
      reasons: [
        'risk is critical (failure probability 0.50)',
        'scope is system (cost estimate 5.0)',
      ],
      unassessed: ['impact', 'level'],
    })
    expect(shouldDecomposeTask({ name: 'A', risk: 'high' }).reasons).toEqual([
      'risk is high (failure probability 0.35)',
    ])
    expect(
      shouldDecomposeTask({ name: 'A', scope: 'moderate', risk: 'medium' }).shouldDecompose,
    ).toBe(false)
  })

  test('an unassessed task is not flagged but listed', () => {
    expect(shouldDecomposeTask({ name: 'A' })).toEqual({
      shouldDecompose: false,
      reasons: [],
      unassessed: ['scope', 'risk', 'impact', 'level'],
    })
  })

  test('the advice leaves out completed, unresolved and well assessed tasks', () => {
    const full = { scope: 'narrow', risk: 'low', impact: 'isolated', level: 'review' } as const
    const graph = TaskGraph.fromTasks([
      task('fine', ['ghost'], full),
      task('done', [], { status: 'completed', risk: 'high' }),
      task('risky', [], { ...full, risk: 'high' }),
      task('open', [], { ...full, scope: null }),
    ])
    expect(
      decomposeAdvice(graph).map(({ taskId, shouldDecompose, unassessed }) => [
        taskId,
        shouldDecompose,
        unassessed,
      ]),
    ).toEqual([
      ['risky', true, []],
      ['open', false, ['scope']],
    ])
  })
})

describe('schedule', () => {
  test('earliest and latest times, slack and the critical tasks', () => {
    const { tasks, duration } = schedule(diamond())
    expect(duration).toBe(9)
    expect(
      tasks.map((one) => [
        one.taskId,
        one.earliestStart,
        one.latestStart,
        one.slack,
        one.freeSlack,
        one.critical,
      ]),
    ).toEqual([
      ['a', 0, 0, 0, 0, true],
      ['b', 2, 2, 0, 0, true],
      ['c', 2, 6, 4, 4, false],
      ['d', 7, 7, 0, 0, true],
    ])
    expect(tasks[2]).toMatchObject({ duration: 1, earliestFinish: 3, latestFinish: 7 })
  })

  test('completed tasks take no time unless asked; durations may be given', () => {
    const graph = diamond()
    graph.updateTask('b', { status: 'completed' })
    expect(schedule(graph).duration).toBe(5)
    expect(schedule(graph, { includeCompleted: true }).duration).toBe(9)
    expect(schedule(graph, { duration: () => 0.1 }).duration).toBeCloseTo(0.3, 12)
    expect(() => schedule(graph, { duration: () => -1 })).toThrow(
      expect.objectContaining({ field: 'duration' }),
    )
  })

  test('a slip moves the end by what is beyond the slack, and only what comes after', () => {
    expect(whatIf(diamond(), { c: 3 })).toEqual({
      durationBefore: 9,
      durationAfter: 9,
      endSlip: 0,
      moved: [{ taskId: 'c', name: 'C', startSlip: 0, finishSlip: 3 }],
    })
    expect(whatIf(diamond(), { c: 6 })).toMatchObject({
      endSlip: 2,
      moved: [
        { taskId: 'c', startSlip: 0, finishSlip: 6 },
        { taskId: 'd', startSlip: 2, finishSlip: 2 },
      ],
    })
    expect(whatIf(diamond(), { b: -5 })).toMatchObject({ endSlip: -4, durationAfter: 5 })
    expect(whatIf(diamond(), { b: 1, a: 1 }).endSlip).toBe(2)
  })

  test('a slip of an unknown task, or of more than its cost, is refused', () => {
    expect(() => whatIf(diamond(), { x: 1 })).toThrow(expect.objectContaining({ taskId: 'x' }))
    expect(() => whatIf(diamond(), { b: -6 })).toThrow(
      expect.objectContaining({ field: 'duration' }),
    )
    expect(() => whatIf(diamond(), { b: Number.NaN })).toThrow(
      expect.objectContaining({ field: 'duration' }),
    )
  })

  test('slack is how far a task may slip: up to it the end stays, beyond it the end moves by the rest', () => {
    fc.assert(
      fc.property(
        acyclic,
        fc.array(fc.nat(5), { minLength: 7, maxLength: 7 }),
        fc.nat(6),
        fc.nat(9),
        (graph, lengths, id, slip) => {
          const options = { duration: (one: string) => lengths[Number(one)] ?? 0 }
          const plan = schedule(graph, options)
          const slack = plan.tasks.find((one) => one.taskId === `${id}`)?.slack ?? 0
          expect(whatIf(graph, { [`${id}`]: slip }, options).endSlip).toBe(
            Math.max(0, slip - slack),
          )
          for (const one of plan.tasks) expect(one.freeSlack).toBeLessThanOrEqual(one.slack)
        },
      ),
    )
  })
})

describe('nextTasks', () => {
  test('what can be begun comes by priority, then by the chain behind it', () => {
    const graph = TaskGraph.fromTasks([
      task('done', [], { status: 'completed' }),
      task('short', ['done']),
      task('long', ['done']),
      task('urgent', [], { priority: 'high' }),
      task('late', [], { priority: 'low' }),
      task('after', ['long', 'running'], { scope: 'broad' }),
      task('running', [], { status: 'in-progress' }),
      task('failed', [], { status: 'failed' }),
      task('lost', ['absent']),
    ])
    const { ready, waiting } = nextTasks(graph)
    expect(ready.map(({ taskId, remaining, unblocks }) => [taskId, remaining, unblocks])).toEqual([
      ['urgent', 2, 0],
      ['long', 6, 1],
      ['short', 2, 0],
      ['late', 2, 0],
    ])
    expect(waiting).toEqual([
      { taskId: 'after', name: 'AFTER', waitsFor: ['long', 'running'] },
      { taskId: 'lost', name: 'LOST', waitsFor: ['absent'] },
    ])
  })

  test('tasks in a cycle wait for each other and block no other task', () => {
    const { ready, waiting } = nextTasks(cycle())
    expect(ready.map(({ taskId }) => taskId)).toEqual(['c'])
    expect(waiting.map(({ taskId }) => taskId)).toEqual(['a', 'b'])
  })
})
