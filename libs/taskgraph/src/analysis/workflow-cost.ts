import { at } from '@alkdev/graph'
import type { GraphSnapshot } from '../graph/snapshot.ts'
import type { TaskGraph } from '../graph/task-graph.ts'
import type { TaskGraphNodeAttributes } from '../schema/graph.ts'
import { RetryModel, WorkflowCostOptions } from '../schema/results.ts'
import type { WorkflowCostResult } from '../schema/results.ts'
import { assumed, impactWeight, riskSuccessProbability, scopeCostEstimate } from './defaults.ts'
import { checkNumbers, checkOptions, publishedEv, retriedCost } from './task-cost.ts'

/** Numbers of a task that are known better than its categories tell. */
export interface TaskAssessment {
  /** Success of one attempt with perfect prerequisites, 0 to 1. */
  readonly pIntrinsic?: number
  /** Cost of one attempt. */
  readonly scopeCost?: number
  readonly impactWeight?: number
  /** Replaces single values of the retry model for this task. */
  readonly retryModel?: RetryModel
}

export type AssessTask = (id: string, attributes: TaskGraphNodeAttributes) => TaskAssessment

/** Part of a prerequisite's failure that a dependency holds back when nothing is said. */
const usualRetention = 0.9

type TaskRow = WorkflowCostResult['tasks'][number]

/**
 * Expected cost of all tasks of a graph. A task's success is its own times, for each prerequisite,
 * P + (1 - P) * retention, where P is the prerequisite's success. Completed tasks are left out and
 * count as sure, unless `includeCompleted`. Linear in tasks and dependencies.
 *
 * @param assess measured numbers for single tasks; categories and their defaults count for the rest
 * @throws CircularDependencyError; InvalidInputError for options, categories or assessments that make no sense
 */
export function workflowCost(
  graph: TaskGraph,
  options: WorkflowCostOptions = {},
  assess?: AssessTask,
): WorkflowCostResult {
  checkOptions(WorkflowCostOptions, options)
  const {
    includeCompleted = false,
    propagationMode = 'dag-propagate',
    costModel = 'retry',
  } = options
  const snapshot = graph.orderedSnapshot()
  const inherited = inheritedQuality(snapshot, options.defaultQualityRetention ?? usualRetention)
  const probabilities = new Float64Array(snapshot.nodes.length)
  const rows: TaskRow[] = []
  for (const index of snapshot.order) {
    const { id, attributes } = at(snapshot.nodes, index)
    if (!includeCompleted && attributes.status === 'completed') {
      probabilities[index] = 1
      continue
    }
    const assessment = assess === undefined ? noAssessment : checked(assess(id, attributes))
    const pIntrinsic =
      assessment.pIntrinsic ?? riskSuccessProbability(attributes.risk ?? assumed.risk)
    const scopeCost = assessment.scopeCost ?? scopeCostEstimate(attributes.scope ?? assumed.scope)
    const weight = assessment.impactWeight ?? impactWeight(attributes.impact ?? assumed.impact)
    const pEffective =
      propagationMode === 'independent' ? pIntrinsic : pIntrinsic * inherited(index, probabilities)
    const { ev, pSuccess } =
      costModel === 'published'
        ? publishedEv(pEffective, scopeCost, weight, options.evConfig ?? {})
        : retried(pEffective, scopeCost, weight, {
            ...options.retryModel,
            ...assessment.retryModel,
          })
    const probability = options.propagate === 'after-retries' ? pSuccess : pEffective
    probabilities[index] = probability
    rows.push({
      taskId: id,
      name: attributes.name,
      ev,
      pIntrinsic,
      pEffective,
      probability,
      scopeCost,
      impactWeight: weight,
    })
  }
  return { ...listed(rows, options), propagationMode }
}

/** Orders and cuts the rows. The published model cuts first and adds up what is left. */
function listed(rows: TaskRow[], options: WorkflowCostOptions) {
  const { limit, costModel = 'retry' } = options
  const published = costModel === 'published'
  const { sortBy = limit === undefined || published ? 'topological' : 'cost' } = options
  const ordered = sortBy === 'cost' ? rows.toSorted((a, b) => b.ev - a.ev) : rows
  const tasks = limit === undefined ? ordered : ordered.slice(0, limit)
  const counted = published ? tasks : rows
  const totalEv = counted.reduce((sum, row) => sum + row.ev, 0)
  const taskCount = counted.length
  return { tasks, totalEv, averageEv: taskCount === 0 ? 0 : totalEv / taskCount, taskCount }
}

function retried(p: number, scopeCost: number, weight: number, model: RetryModel) {
  const { cost, pSuccess } = retriedCost(p, scopeCost, weight, model)
  return { ev: cost, pSuccess }
}

/** For a node: what its prerequisites leave of its own success, as a factor from 0 to 1. */
function inheritedQuality(snapshot: GraphSnapshot, usual: number) {
  const { prerequisites, prerequisitesFrom, retention } = snapshot
  return (node: number, probabilities: Float64Array): number => {
    let factor = 1
    const end = at(prerequisitesFrom, node + 1)
    for (let edge = at(prerequisitesFrom, node); edge < end; edge += 1) {
      const p = at(probabilities, at(prerequisites, edge))
      const own = at(retention, edge)
      factor *= p + (1 - p) * (Number.isNaN(own) ? usual : own)
    }
    return factor
  }
}

const noAssessment: TaskAssessment = {}

function checked(assessment: TaskAssessment): TaskAssessment {
  const { pIntrinsic = 1, scopeCost = 0, impactWeight = 0, retryModel } = assessment
  checkNumbers(pIntrinsic, scopeCost, impactWeight)
  if (retryModel !== undefined) checkOptions(RetryModel, retryModel)
  return assessment
}
