import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  calculateTaskEv,
  impactWeight,
  resolveDefaults,
  riskSuccessProbability,
  riskWeight,
  scopeCostEstimate,
  scopeTokenEstimate,
  taskCost,
  TaskGraph,
  timeFairRetries,
  workflowCost,
} from '../index.ts'
import type { DependencyEdge, TaskInput } from '../index.ts'

const scopes = ['single', 'narrow', 'moderate', 'broad', 'system'] as const
const risks = ['trivial', 'low', 'medium', 'high', 'critical'] as const
const impacts = ['isolated', 'component', 'phase', 'project'] as const

describe('numeric tables', () => {
  test('have the published values', () => {
    expect(scopes.map(scopeCostEstimate)).toEqual([1, 2, 3, 4, 5])
    expect(scopes.map(scopeTokenEstimate)).toEqual([500, 1500, 3000, 6000, 10_000])
    expect(risks.map(riskSuccessProbability)).toEqual([0.98, 0.9, 0.8, 0.65, 0.5])
    expect(risks.map((risk) => riskWeight(risk).toFixed(2))).toEqual([
      '0.02',
      '0.10',
      '0.20',
      '0.35',
      '0.50',
    ])
    expect(impacts.map(impactWeight)).toEqual([1, 1.5, 2, 3])
  })

  test('know no other words', () => {
    expect(() => riskWeight('huge' as 'high')).toThrow(
      'risk must be one of trivial, low, medium, high, critical, not "huge".',
    )
    expect(() => scopeCostEstimate('toString' as 'broad')).toThrow(
      expect.objectContaining({ field: 'scope' }),
    )
  })

  test('what is missing has a default or is null', () => {
    expect(resolveDefaults({ name: 'A' })).toEqual({
      name: 'A',
      scope: 'narrow',
      risk: 'medium',
      impact: 'isolated',
      level: null,
      priority: null,
      status: null,
      costEstimate: 2,
      tokenEstimate: 1500,
      successProbability: 0.8,
      riskWeight: 1 - 0.8,
      impactWeight: 1,
    })
    expect(
      resolveDefaults({ name: 'A', risk: 'high', status: 'blocked', level: 'review' }),
    ).toMatchObject({
      successProbability: 0.65,
      status: 'blocked',
      level: 'review',
    })
  })
})

describe('calculateTaskEv', () => {
  test.each([
    [[0.8, 3, 1.5], {}, 4.5],
    [[1, 4, 2], {}, 8],
    [[0, 3, 1.5], { fallbackCost: 10 }, 14.5],
    [[1, 3, 1], { valueRate: 100 }, 300],
    [[0.5, 2, 1], { timeLost: 4 }, 4],
    [[0.1, 2, 1], { timeLost: 1, retries: 2 }, 0.1 * 2 + 0.9 * 4],
  ] as const)('of %j with %j is %d', ([p, cost, impact], config, ev) => {
    expect(calculateTaskEv(p, cost, impact, config).ev).toBeCloseTo(ev, 12)
  })

  test('tells success and the retries to expect', () => {
    expect(calculateTaskEv(0.25, 1, 1)).toMatchObject({ pSuccess: 0.25, expectedRetries: 3 })
    expect(calculateTaskEv(0.25, 1, 1, { retries: 2 }).expectedRetries).toBe(2)
    expect(calculateTaskEv(0, 1, 1).expectedRetries).toBe(0)
  })

  test('refuses what is no probability or amount, and ignores unknown settings', () => {
    for (const p of [-0.1, 1.1, Number.NaN]) {
      expect(() => calculateTaskEv(p, 1, 1)).toThrow(expect.objectContaining({ field: 'p' }))
    }
    expect(() => calculateTaskEv(0.5, -1, 1)).toThrow(
      expect.objectContaining({ field: 'scopeCost' }),
    )
    expect(() => calculateTaskEv(0.5, 1, 1, { fallbackCost: -1 })).toThrow(
      expect.objectContaining({ field: 'fallbackCost' }),
    )
    expect(calculateTaskEv(0.5, 1, 1, { other: 1 } as object).ev).toBe(1)
  })
})

describe('taskCost', () => {
  const table = {
    trivial: [1.021, 2.041, 3.062, 4.082, 5.103],
    low: [1.18, 2.29, 3.4, 4.51, 5.62],
    medium: [1.8, 3.04, 4.28, 5.52, 6.76],
    high: [4.474, 5.946, 7.419, 8.891, 10.364],
    critical: [10.5, 12.25, 14, 15.75, 17.5],
  }
  test.each(risks)('of risk %s over all scopes', (risk) => {
    const costs = scopes.map(
      (scope) => taskCost(riskSuccessProbability(risk), scopeCostEstimate(scope)).cost,
    )
    expect(costs.map((cost) => Number(cost.toFixed(3)))).toEqual(table[risk])
  })

  test('the worked example: p 0.6, two retries, everything at 1, fallback 10, an hour at 50', () => {
    const model = { retries: 2, fallbackCost: 10, timeLost: 1, valueRate: 50 }
    const { cost, pSuccess, costOfFailure } = taskCost(0.6, 1, 1, model)
    expect(cost.toFixed(2)).toBe('5.40')
    expect(pSuccess).toBeCloseTo(0.936, 12)
    expect(costOfFailure).toBe(63)
  })

  test('the sum equals the closed form', () => {
    const probability = fc.double({ min: 0.05, max: 1, noNaN: true })
    fc.assert(
      fc.property(probability, fc.nat(20), (p, r) => {
        const q = 1 - p
        const success = 1 - q ** (r + 1)
        const retries = ((q / p) * (1 - q ** (r + 1) - (r + 1) * p * q ** r)) / success
        const found = taskCost(p, 1, 1, { retries: r })
        expect(found.pSuccess).toBeCloseTo(success, 9)
        expect(found.expectedRetries).toBeCloseTo(retries, 9)
      }),
    )
  })

  test('certain failure costs the failure, certain success one attempt, and impact multiplies', () => {
    expect(taskCost(0, 2)).toEqual({
      cost: 76,
      pSuccess: 0,
      expectedRetries: 0,
      costOfSuccess: 2,
      costOfFailure: 76,
    })
    expect(taskCost(1, 2, 3).cost).toBe(6)
  })

  test('a likelier success never costs more', () => {
    const p = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(p, p, fc.nat(10), (a, b, retries) => {
        const [worse, better] = a < b ? [a, b] : [b, a]
        const cost = (one: number) => taskCost(one, 3, 1, { retries }).cost
        expect(cost(better)).toBeLessThanOrEqual(cost(worse) + 1e-9)
      }),
    )
  })

  test('refuses retries that are no small whole number', () => {
    for (const retries of [-1, 0.5, 1001, Number.POSITIVE_INFINITY]) {
      expect(() => taskCost(0.5, 1, 1, { retries })).toThrow(
        expect.objectContaining({ field: 'retries' }),
      )
    }
  })

  test('retries that fit into the time of a person', () => {
    expect(timeFairRetries(4, 1)).toBe(3)
    expect(timeFairRetries(1, 0.4)).toBe(1)
    expect(timeFairRetries(1, 2)).toBe(0)
    expect(() => timeFairRetries(1, 0)).toThrow(expect.objectContaining({ field: 'attemptTime' }))
  })
})

describe('workflowCost', () => {
  const a: TaskInput = {
    id: 'A',
    name: 'A',
    dependsOn: [],
    risk: 'high',
    scope: 'narrow',
    impact: 'phase',
  }
  const b: TaskInput = {
    id: 'B',
    name: 'B',
    dependsOn: ['A'],
    risk: 'medium',
    scope: 'broad',
    impact: 'component',
  }
  const chain = (retention?: number, first = a) =>
    TaskGraph.fromRecords(
      [first, b],
      [{ from: 'A', to: 'B', ...(retention !== undefined && { qualityRetention: retention }) }],
    )
  const second = (graph: TaskGraph, options = {}) => workflowCost(graph, options).tasks.at(-1)

  test('the chain of two has the published probabilities and weights', () => {
    const { tasks, propagationMode } = workflowCost(TaskGraph.fromTasks([a, b]))
    expect(propagationMode).toBe('dag-propagate')
    expect(tasks).toEqual([
      expect.objectContaining({
        taskId: 'A',
        pIntrinsic: 0.65,
        pEffective: 0.65,
        scopeCost: 2,
        impactWeight: 2,
      }),
      expect.objectContaining({ taskId: 'B', pIntrinsic: 0.8, scopeCost: 4, impactWeight: 1.5 }),
    ])
    expect(tasks[1]?.pEffective).toBeCloseTo(0.772, 12)
    expect(tasks[1]?.probability).toBe(tasks[1]?.pEffective)
  })

  test.each([
    [0.5, 0.65 + 0.35 * 0.5],
    [0, 0.65],
    [1, 1],
  ])('with retention %d the factor is %d', (retention, factor) => {
    expect(second(chain(retention))?.pEffective).toBeCloseTo(0.8 * factor, 12)
  })

  test('the default retention counts on edges of every constructor, and an own one wins over it', () => {
    const sure = { defaultQualityRetention: 1 }
    expect(second(TaskGraph.fromTasks([a, b]), sure)?.pEffective).toBe(0.8)
    expect(second(chain(), sure)?.pEffective).toBe(0.8)
    expect(second(chain(0), sure)?.pEffective).toBeCloseTo(0.8 * 0.65, 12)
  })

  test('independent tasks have their own probability', () => {
    expect(second(chain(0), { propagationMode: 'independent' })?.pEffective).toBe(0.8)
  })

  test('by default the cost is that of retries and a fallback, so probability and mode matter', () => {
    const graph = chain(0)
    const { tasks, totalEv, averageEv, taskCount } = workflowCost(graph)
    expect(tasks[0]?.ev).toBeCloseTo(taskCost(0.65, 2, 2).cost, 12)
    expect(tasks[1]?.ev).toBeCloseTo(taskCost(0.8 * 0.65, 4, 1.5).cost, 12)
    expect(totalEv).toBeCloseTo((tasks[0]?.ev ?? 0) + (tasks[1]?.ev ?? 0), 12)
    expect(averageEv).toBeCloseTo(totalEv / 2, 12)
    expect(taskCount).toBe(2)
    expect(totalEv).toBeGreaterThan(workflowCost(graph, { propagationMode: 'independent' }).totalEv)
  })

  test('the published model is scopeCost * impactWeight in both modes unless configured', () => {
    const published = { costModel: 'published' } as const
    expect(workflowCost(chain(), published)).toMatchObject({ totalEv: 10, averageEv: 5 })
    expect(workflowCost(chain(), { ...published, propagationMode: 'independent' }).totalEv).toBe(10)
    const configured = workflowCost(chain(), { ...published, evConfig: { fallbackCost: 10 } })
    expect(configured.tasks[0]?.ev).toBeCloseTo(4 + 0.35 * 10, 12)
  })

  test('completed tasks are left out and sure, or counted when asked; failed and blocked ones are in', () => {
    const done = chain(0, { ...a, status: 'completed' })
    expect(workflowCost(done).tasks.map((task) => [task.taskId, task.pEffective])).toEqual([
      ['B', 0.8],
    ])
    const all = workflowCost(done, { includeCompleted: true })
    expect(all.tasks.map((task) => task.taskId)).toEqual(['A', 'B'])
    expect(all.tasks[1]?.pEffective).toBeCloseTo(0.8 * 0.65, 12)
    for (const status of ['failed', 'blocked'] as const) {
      expect(workflowCost(chain(0, { ...a, status })).tasks).toHaveLength(2)
    }
  })

  test('a limit lists the most expensive, and the totals stay those of all', () => {
    const graph = TaskGraph.fromTasks([
      { ...a, id: 'cheap', scope: 'single', risk: 'trivial', impact: 'isolated' },
      { ...a, id: 'dear' },
    ])
    const whole = workflowCost(graph)
    const cut = workflowCost(graph, { limit: 1 })
    expect(whole.tasks.map((task) => task.taskId)).toEqual(['cheap', 'dear'])
    expect(cut.tasks.map((task) => task.taskId)).toEqual(['dear'])
    expect(cut).toMatchObject({ totalEv: whole.totalEv, averageEv: whole.averageEv, taskCount: 2 })
    const published = workflowCost(graph, { limit: 1, costModel: 'published' })
    expect(published).toMatchObject({ totalEv: 1, averageEv: 1, tasks: [{ taskId: 'cheap' }] })
    const sorted = workflowCost(graph, { sortBy: 'cost' })
    expect(sorted.tasks.map((task) => task.taskId)).toEqual(['dear', 'cheap'])
  })

  test('an empty graph costs nothing and a cycle has no cost', () => {
    expect(workflowCost(new TaskGraph())).toMatchObject({ tasks: [], totalEv: 0, averageEv: 0 })
    const cycle = TaskGraph.fromTasks([{ ...a, dependsOn: ['B'] }, b])
    expect(() => workflowCost(cycle)).toThrow(
      expect.objectContaining({ name: 'CircularDependencyError' }),
    )
  })

  test('refuses options that make no sense', () => {
    expect(() => workflowCost(chain(), { limit: -1 })).toThrow(
      expect.objectContaining({ field: 'limit' }),
    )
    expect(() => workflowCost(chain(), { defaultQualityRetention: 2 })).toThrow(
      expect.objectContaining({ field: 'defaultQualityRetention' }),
    )
    expect(() => workflowCost(chain(), {}, () => ({ pIntrinsic: 2 }))).toThrow(
      expect.objectContaining({ field: 'p' }),
    )
  })

  // The research model passes a share of the failure on, so its degradation is 1 - retention, and counts
  // success after all retries.
  test.each([
    [0.92, '12.2935'],
    [0.65, '30.7148'],
  ])('the six-task scenario with planning at %d costs %s', (planning, total) => {
    const numbers = {
      Planning: { pIntrinsic: planning, scopeCost: 2, retries: 1, impactWeight: 2 },
      Decompose: { pIntrinsic: 0.9, scopeCost: 1.5, retries: 2, impactWeight: 1.5 },
      'Code 1': { pIntrinsic: 0.85, scopeCost: 0.3, retries: 3, impactWeight: 1 },
      'Code 2': { pIntrinsic: 0.85, scopeCost: 0.3, retries: 3, impactWeight: 1 },
      Integrate: { pIntrinsic: 0.88, scopeCost: 0.5, retries: 2, impactWeight: 1 },
      Review: { pIntrinsic: 0.93, scopeCost: 1.8, retries: 1, impactWeight: 1.3 },
    }
    const edge = (from: string, to: string, degradation: number): DependencyEdge => ({
      from,
      to,
      qualityRetention: 1 - degradation,
    })
    const graph = TaskGraph.fromRecords(
      Object.keys(numbers).map((id) => ({ id, name: id, dependsOn: [] })),
      [
        edge('Planning', 'Decompose', 0.95),
        edge('Decompose', 'Code 1', 0.9),
        edge('Decompose', 'Code 2', 0.9),
        edge('Code 1', 'Integrate', 0.85),
        edge('Code 2', 'Integrate', 0.85),
        edge('Integrate', 'Review', 0.9),
      ],
    )
    const result = workflowCost(graph, { propagate: 'after-retries' }, (id) => {
      const { retries, ...known } = numbers[id as keyof typeof numbers]
      return { ...known, retryModel: { retries } }
    })
    expect(result.totalEv.toFixed(4)).toBe(total)
  })
})
