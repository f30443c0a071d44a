import { isFinalNode } from '../schema/enums.ts'
import { isUnhandled } from './step-state.ts'
import type { NodeStatus } from '../schema/enums.ts'
import type { StepState } from './step-state.ts'

/** What is asked of a run to say where it stands as a whole. */
interface Run {
  readonly steps: ReadonlyMap<string, StepState>
  readonly ready: ReadonlySet<string>
  readonly open: number
  readonly started: boolean
}

/** The status of a run as one; see `WorkflowReactiveRoot.getAggregateStatus`. */
export function aggregateStatus(run: Run): NodeStatus {
  const steps = [...run.steps.values()].filter((step) => step.owner === undefined)
  if (run.open > 0) {
    if (run.started || steps.some((step) => isFinalNode(step.status))) return 'running'
    return run.ready.size > 0 ? 'ready' : 'idle'
  }
  return statusOfEnded(
    steps.map((step) => (isUnhandled(step) ? step.status : handled(step.status))),
  )
}

/** A failure that a condition has taken on itself counts like a success. */
export function handled(status: NodeStatus): NodeStatus {
  return status === 'skipped' ? status : 'completed'
}

/** The one status of several that are final. */
export function statusOfEnded(statuses: readonly NodeStatus[]): NodeStatus {
  if (statuses.includes('failed')) return 'failed'
  if (statuses.includes('aborted')) return 'aborted'
  const allSkipped = statuses.length > 0 && statuses.every((status) => status === 'skipped')
  return allSkipped ? 'skipped' : 'completed'
}

/** The one status of several. */
export function statusOfGroup(statuses: readonly NodeStatus[]): NodeStatus {
  const final = statuses.filter(isFinalNode).length
  if (final === statuses.length) return statusOfEnded(statuses)
  if (final > 0 || statuses.includes('running')) return 'running'
  if (statuses.includes('ready')) return 'ready'
  return statuses.includes('waiting') ? 'waiting' : 'idle'
}
