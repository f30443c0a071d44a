import { InvalidInputError } from '../errors.ts'
import type { TaskImpact, TaskRisk, TaskScope } from '../schema/enums.ts'
import type { TaskGraphNodeAttributes } from '../schema/graph.ts'
import type { ResolvedTaskAttributes } from '../schema/results.ts'

const scopeCosts = { single: 1, narrow: 2, moderate: 3, broad: 4, system: 5 } as const
const scopeTokens = {
  single: 500,
  narrow: 1500,
  moderate: 3000,
  broad: 6000,
  system: 10_000,
} as const
const riskProbabilities = {
  trivial: 0.98,
  low: 0.9,
  medium: 0.8,
  high: 0.65,
  critical: 0.5,
} as const
const impactWeights = { isolated: 1, component: 1.5, phase: 2, project: 3 } as const

/** What counts for a task whose author has not said. */
export const assumed = { scope: 'narrow', risk: 'medium', impact: 'isolated' } as const

function look<K extends string>(table: Readonly<Record<K, number>>, field: string, key: K): number {
  if (Object.hasOwn(table, key)) return table[key]
  const allowed = Object.keys(table).join(', ')
  throw new InvalidInputError(
    field,
    `${field} must be one of ${allowed}, not ${JSON.stringify(key)}.`,
  )
}

/** Relative cost of one attempt: 1 (single) to 5 (system). @throws InvalidInputError for an unknown value */
export function scopeCostEstimate(scope: TaskScope): number {
  return look(scopeCosts, 'scope', scope)
}

/** Tokens of one attempt: 500 (single) to 10,000 (system). @throws InvalidInputError for an unknown value */
export function scopeTokenEstimate(scope: TaskScope): number {
  return look(scopeTokens, 'scope', scope)
}

/** Probability that one attempt succeeds: 0.98 (trivial) to 0.5 (critical). @throws InvalidInputError for an unknown value */
export function riskSuccessProbability(risk: TaskRisk): number {
  return look(riskProbabilities, 'risk', risk)
}

/** Probability that one attempt fails. @throws InvalidInputError for an unknown value */
export function riskWeight(risk: TaskRisk): number {
  return 1 - riskSuccessProbability(risk)
}

/** How much a failure matters: 1 (isolated) to 3 (project). @throws InvalidInputError for an unknown value */
export function impactWeight(impact: TaskImpact): number {
  return look(impactWeights, 'impact', impact)
}

/**
 * The attributes with defaults for what is missing (risk medium, scope narrow, impact isolated; null for
 * level, priority and status) and their numbers.
 * @throws InvalidInputError for an unknown value
 */
export function resolveDefaults(
  attributes: Partial<TaskGraphNodeAttributes> & { name: string },
): ResolvedTaskAttributes {
  const { name, level, priority, status } = attributes
  const scope = attributes.scope ?? assumed.scope
  const risk = attributes.risk ?? assumed.risk
  const impact = attributes.impact ?? assumed.impact
  return {
    name,
    scope,
    risk,
    impact,
    level: level ?? null,
    priority: priority ?? null,
    status: status ?? null,
    costEstimate: scopeCostEstimate(scope),
    tokenEstimate: scopeTokenEstimate(scope),
    successProbability: riskSuccessProbability(risk),
    riskWeight: riskWeight(risk),
    impactWeight: impactWeight(impact),
  }
}
