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
export type { OperationSpec } from './schema/attributes.ts'
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
export type { CallEventEnvelope, CallEventMapValue, EventTime } from './schema/call-event.ts'
