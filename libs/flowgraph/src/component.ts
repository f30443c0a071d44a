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
