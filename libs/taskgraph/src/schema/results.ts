import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import {
  TaskImpactEnum,
  TaskLevelEnum,
  TaskPriorityEnum,
  TaskRiskEnum,
  TaskScopeEnum,
  TaskStatusEnum,
} from './enums.ts'

const OrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

/** A task's attributes with defaults where they have one, null where not, and the numbers that go with them. */
export const ResolvedTaskAttributes = Type.Object({
  name: Type.String(),
  scope: TaskScopeEnum,
  risk: TaskRiskEnum,
  impact: TaskImpactEnum,
  level: OrNull(TaskLevelEnum),
  priority: OrNull(TaskPriorityEnum),
  status: OrNull(TaskStatusEnum),
  /** Relative cost of one attempt, 1 to 5. */
  costEstimate: Type.Number(),
  /** Tokens that one attempt is expected to take. */
  tokenEstimate: Type.Number(),
  /** Probability that one attempt succeeds, 0 to 1. */
  successProbability: Type.Number(),
  /** 1 - successProbability. */
  riskWeight: Type.Number(),
  impactWeight: Type.Number(),
})
export type ResolvedTaskAttributes = Static<typeof ResolvedTaskAttributes>

/** The chain on which the most risk adds up, from its first task to its last. */
export const RiskPathResult = Type.Object({
  path: Type.Array(Type.String()),
  totalRisk: Type.Number(),
})
export type RiskPathResult = Static<typeof RiskPathResult>

const Ids = Type.Array(Type.String())

/** Task ids by their own risk; no default is applied. */
export const RiskDistributionResult = Type.Object({
  trivial: Ids,
  low: Ids,
  medium: Ids,
  high: Ids,
  critical: Ids,
  unspecified: Ids,
})
export type RiskDistributionResult = Static<typeof RiskDistributionResult>

/** Whether a task should be split, and why. `unassessed` names what its author has not said. */
export const DecomposeResult = Type.Object({
  shouldDecompose: Type.Boolean(),
  reasons: Type.Array(Type.String()),
  unassessed: Type.Array(Type.String()),
})
export type DecomposeResult = Static<typeof DecomposeResult>

const Amount = Type.Number({ minimum: 0 })

/** What a failure costs in the published formula; each 0 when missing. */
export const EvConfig = Type.Object({
  /** Cap of the expected retries; 0 means none. */
  retries: Type.Optional(Amount),
  fallbackCost: Type.Optional(Amount),
  timeLost: Type.Optional(Amount),
  /** Multiplies the result unless 0. */
  valueRate: Type.Optional(Amount),
})
export type EvConfig = Static<typeof EvConfig>

/** `ev` is an expected cost: lower is better. */
export const EvResult = Type.Object({
  ev: Type.Number(),
  pSuccess: Type.Number(),
  expectedRetries: Type.Number(),
})
export type EvResult = Static<typeof EvResult>

/** What happens when an attempt fails: a number of retries, then the fallback. */
export const RetryModel = Type.Object({
  /** Attempts after the first one. Default 2. */
  retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
  /** Cost of one retry. Default: that of the first attempt. */
  retryCost: Type.Optional(Amount),
  /** Cost of doing it another way when every attempt has failed. Default 20. */
  fallbackCost: Type.Optional(Amount),
  /** Hours lost by a final failure. Default 0.5. */
  timeLost: Type.Optional(Amount),
  /** Value of an hour. Default 100. */
  valueRate: Type.Optional(Amount),
})
export type RetryModel = Static<typeof RetryModel>

/** The expected cost of a task that is retried and then done another way. */
export const TaskCostResult = Type.Object({
  cost: Type.Number(),
  /** Probability that one of the attempts succeeds. */
  pSuccess: Type.Number(),
  /** Retries to expect, given that one of the attempts succeeds. */
  expectedRetries: Type.Number(),
  costOfSuccess: Type.Number(),
  costOfFailure: Type.Number(),
})
export type TaskCostResult = Static<typeof TaskCostResult>

export const WorkflowCostOptions = Type.Object({
  /** Count completed tasks too. Default false: they cost nothing and have surely succeeded. */
  includeCompleted: Type.Optional(Type.Boolean()),
  /** Maximum number of listed tasks, the most expensive first. Totals are over all tasks. */
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
  /** `dag-propagate` (default): what fails upstream makes a task likelier to fail. */
  propagationMode: Type.Optional(
    Type.Union([Type.Literal('independent'), Type.Literal('dag-propagate')]),
  ),
  /** Retention of dependencies that have none of their own. Default 0.9. */
  defaultQualityRetention: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  /** Which success of a task counts for its dependents: of one `attempt` (default) or `after-retries`. */
  propagate: Type.Optional(Type.Union([Type.Literal('attempt'), Type.Literal('after-retries')])),
  /** `retry` (default): retries and a fallback. `published`: the formula, order and totals of `calculateTaskEv`. */
  costModel: Type.Optional(Type.Union([Type.Literal('retry'), Type.Literal('published')])),
  /** For `retry`. */
  retryModel: Type.Optional(RetryModel),
  /** For `published`. */
  evConfig: Type.Optional(EvConfig),
  /** Order of the list. Default `topological`, and `cost` when there is a limit. */
  sortBy: Type.Optional(Type.Union([Type.Literal('topological'), Type.Literal('cost')])),
})
export type WorkflowCostOptions = Static<typeof WorkflowCostOptions>

export const WorkflowCostResult = Type.Object({
  tasks: Type.Array(
    Type.Object({
      taskId: Type.String(),
      name: Type.String(),
      /** Expected cost, impact included. */
      ev: Type.Number(),
      /** Success of one attempt with perfect prerequisites. */
      pIntrinsic: Type.Number(),
      /** Success of one attempt with these prerequisites. */
      pEffective: Type.Number(),
      /** The success that counts for its dependents. */
      probability: Type.Number(),
      scopeCost: Type.Number(),
      impactWeight: Type.Number(),
    }),
  ),
  totalEv: Type.Number(),
  averageEv: Type.Number(),
  /** Tasks that the totals are over. */
  taskCount: Type.Number(),
  propagationMode: Type.Union([Type.Literal('independent'), Type.Literal('dag-propagate')]),
})
export type WorkflowCostResult = Static<typeof WorkflowCostResult>
