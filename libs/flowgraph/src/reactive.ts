export { FailurePolicy } from './reactive/machine.ts'
export type { Transition } from './reactive/machine.ts'
export { WorkflowReactiveRoot } from './reactive/workflow-reactive-root.ts'
export type { EventLogProjection, WorkflowRootOptions } from './reactive/workflow-reactive-root.ts'
export type { MapExpanded, NodesAborted, NodesRetried, WorkflowEvent } from './reactive/events.ts'
export {
  computeBlockedByFailure,
  computePreconditions,
  registerAbortEffect,
  registerStartEffect,
} from './reactive/node-status.ts'
export type { WorkflowNode } from './host/workflow-node.ts'
export type { StepSource } from './reactive/read-steps.ts'
