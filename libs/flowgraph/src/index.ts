export { FlowGraph } from './graph/flow-graph.ts'
export type { CallGraph, OperationGraph } from './graph/flow-graph.ts'
export type { FlowGraphOptions } from './graph/graph-base.ts'
export type { Digraph, RawGraph } from './graph/digraph.ts'
export { buildTypeEdges } from './analysis/build-type-edges.ts'
export type { OperationSpec } from './schema/attributes.ts'
export type { CallEventEnvelope, CallEventMapValue } from './schema/call-event.ts'
export {
  CallStatus,
  CallStatusEnum,
  EdgeType,
  EdgeTypeEnum,
  NodeStatus,
  NodeStatusEnum,
  OperationType,
  OperationTypeEnum,
} from './schema/enums.ts'
export {
  CallEdgeAttrs,
  CallFailure,
  CallNodeAttrs,
  CallResult,
  CallResultSchema,
  EdgeAttrs,
  OperationNodeAttrs,
  TemplateEdgeAttrs,
  TypedEdgeAttrs,
} from './schema/attributes.ts'
export {
  CallGraphSerialized,
  FlowGraphSerialized,
  OperationGraphSerialized,
  SerializedGraph,
} from './schema/serialized.ts'
export { Condition, ItemRef, ResultRef } from './schema/condition.ts'
export type { OutputCondition, StatusTest } from './schema/condition.ts'
export type {
  Guard,
  ItemBinding,
  MapPlan,
  Slot,
  TemplateEdge,
  TemplateNodeAttrs,
} from './template/attributes.ts'
export type { EventTime } from './schema/call-event.ts'
export { Conditional, Map, Operation, Parallel, Sequential } from './template/components.ts'
export type {
  ConditionalProps,
  MapProps,
  MapSource,
  OperationProps,
  ParallelProps,
  Results,
  ResultsFunction,
  Test,
} from './template/components.ts'
export { GraphContext, GraphologyHostConfig } from './host/graphology.ts'
export type { GraphNode } from './host/graphology.ts'
export { ReactiveContext, ReactiveHostConfig } from './host/reactive.ts'
export type { ReactiveHostOptions } from './host/reactive.ts'
export type { WorkflowNode } from './host/workflow-node.ts'
export type { OperationLookup, TemplateGraph } from './template/to-graph.ts'
export { typeCompat } from './analysis/type-compat.ts'
export type { TypeCompatOptions, TypeCompatResult } from './analysis/type-compat.ts'
export { isSchemaCompatible, schemaFit } from '@alkdev/operations/schema-compatibility'
export type {
  MismatchReason,
  SchemaFit,
  SchemaFitOptions,
  TypeMismatch,
} from '@alkdev/operations/schema-compatibility'
export { analyzeTypeCompat, resolveDefaults } from './analysis/summary.ts'
export type { TypeCompatSummary } from './analysis/summary.ts'
export { validate, validateGraph, validateSchema } from './analysis/validate.ts'
export { validatePreconditions } from './analysis/preconditions.ts'
export { validateTemplate } from './analysis/validate-template.ts'
export type { OperationSource, ValidateTemplateOptions } from './analysis/validate-template.ts'
export {
  ancestors,
  criticalPath,
  descendants,
  parallelGroups,
  reachableFrom,
  topologicalOrder,
} from './analysis/ways.ts'
export type { AnyGraph } from './analysis/graph-input.ts'
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
export type { StepSource } from './reactive/read-steps.ts'
export {
  ConstructionError,
  CycleError,
  DuplicateEdgeError,
  DuplicateNodeError,
  FlowgraphError,
  InvalidInputError,
  InvalidTransitionError,
  NodeNotFoundError,
} from './errors.ts'
export type { InputProblem } from './errors.ts'
export type {
  AnyValidationError,
  GraphProblem,
  GraphValidationError,
  TypeIncompatError,
  ValidationError,
} from './validation-results.ts'
