import type { TaskGraph } from '../graph/task-graph.ts'
import type { RiskDistributionResult, RiskPathResult } from '../schema/results.ts'
import { heaviestPath } from './critical-path.ts'
import { assumed, impactWeight, riskWeight } from './defaults.ts'

/**
 * The chain on which risk times impact adds up to the most; missing values count as medium and isolated.
 * @throws CircularDependencyError
 */
export function riskPath(graph: TaskGraph): RiskPathResult {
  const { path, weight } = heaviestPath(
    graph,
    (_id, { risk = assumed.risk, impact = assumed.impact }) =>
      riskWeight(risk) * impactWeight(impact),
  )
  return { path, totalRisk: weight }
}

/** Task ids by their own risk; what has none is `unspecified`. */
export function riskDistribution(graph: TaskGraph): RiskDistributionResult {
  const found: RiskDistributionResult = {
    trivial: [],
    low: [],
    medium: [],
    high: [],
    critical: [],
    unspecified: [],
  }
  for (const { id, attributes } of graph.snapshot().nodes) {
    const risk = attributes.risk ?? 'unspecified'
    found[Object.hasOwn(found, risk) ? risk : 'unspecified'].push(id)
  }
  return found
}
