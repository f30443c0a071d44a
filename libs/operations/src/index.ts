export { OperationType } from './types.ts'
export type {
  AccessControl,
  ErrorDefinition,
  Identity,
  IOperationDefinition,
  JsonSchema,
  OperationContext,
  OperationEnv,
  OperationHandler,
  OperationHints,
  OperationSpec,
  RetryClass,
  SubscriptionHandler,
} from './types.ts'
export { RESPONSE_SOURCES } from './response-envelope.ts'
export type { LocalResponseMeta, ResponseEnvelope, ResponseMeta, ResponseSource } from './response-envelope.ts'
