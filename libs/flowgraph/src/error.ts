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
export type { TypeMismatch } from '@alkdev/operations/schema-compatibility'
