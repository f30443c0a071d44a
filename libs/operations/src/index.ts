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
export {
  AccessControlSchema,
  ErrorDefinitionSchema,
  IdentitySchema,
  NAME_PATTERN,
  OperationContextSchema,
  OperationDefinitionSchema,
  OperationSpecSchema,
} from './spec-schema.ts'
export { operationIdOf, retryClassOf, validateSpec } from './validate-spec.ts'
export { givesSecrets, holdsSecrets, SECRET_KEYWORD } from './secret-marks.ts'
export { REDACTED, redactMarked, redactPayloads } from './secret-values.ts'
export type { CallPayloads } from './secret-values.ts'
export { OperationRegistry } from './registry.ts'
export type {
  ListFilter,
  OperationSearchHit,
  RegisteredOperation,
  RegisterOptions,
  RegistryOptions,
} from './registry.ts'
export { subscribe } from './subscribe.ts'
export { defaultAdapter } from './schema-adapter.ts'
export type { SchemaAdapter } from './schema-adapter.ts'
export { checkAccess, checkResource, checkScopes, enforceAccess } from './access.ts'
export { coversScope } from './scopes.ts'
export { CallError, InfrastructureErrorCode } from './call-error.ts'
export type { CallErrorCode, CallErrorOptions } from './call-error.ts'
export { jsonFault } from './json-output.ts'
export { mapError, UNREADABLE_ERROR } from './map-error.ts'
export { FromSchema } from './from-schema.ts'
export { compileSchema, schemaHash } from './validator.ts'
export type { Validator } from './validator.ts'
export type { ValidationFailure } from './validation-failure.ts'
export { MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH } from './schema-limits.ts'
export {
  assertIsSchema,
  collectErrors,
  formatValueErrors,
  validateOrThrow,
  validationError,
} from './validation.ts'
export {
  httpEnvelope,
  isResponseEnvelope,
  localEnvelope,
  mcpEnvelope,
  RESPONSE_SOURCES,
  ResponseEnvelopeSchema,
  ResponseMetaSchema,
  sseEnvelope,
  unwrap,
} from './response-envelope.ts'
export type {
  HTTPResponseMeta,
  LocalResponseMeta,
  MCPAnnotations,
  MCPContentBlock,
  MCPResourceContent,
  MCPResponseMeta,
  ResponseEnvelope,
  ResponseMeta,
  ResponseSource,
  SSEResponseMeta,
} from './response-envelope.ts'
export { CallEventMap, CallEventSchema, CallIdentitySchema } from './call-events.ts'
export type {
  CallAbortedEvent,
  CallCompletedEvent,
  CallCreditEvent,
  CallErrorEvent,
  CallEventMapValue,
  CallEventType,
  CallFrame,
  CallRequestedEvent,
  CallRespondedEvent,
} from './call-events.ts'
export { checkCallFrame } from './call-frame.ts'
export type { FrameCheck, FrameFault } from './call-frame.ts'
export { readCallFrame } from './read-call-frame.ts'
export type { FrameRead } from './read-call-frame.ts'
export {
  DEFAULT_IDLE_TIMEOUT_MS,
  DEFAULT_TIMEOUT_MS,
  MAX_TIMEOUT_MS,
  STREAM_TOLERANCE,
  STREAM_WINDOW,
} from './call-limits.ts'
export type { CallEvent, CallEventTarget, CallFrameSender } from './call-port.ts'
export { CreditWindow } from './credit-window.ts'
export { PendingRequestMap } from './pending-request-map.ts'
export type { PendingRequestOptions } from './pending-request-map.ts'
export type { RequestOptions, SubscribeRequestOptions } from './call-request.ts'
export { PendingStream } from './pending-stream.ts'
export type { StreamPort } from './pending-stream.ts'
export type { ServedRequest } from './served-call.ts'
export { buildCallHandler } from './call-handler.ts'
export type { CallHandler, CallHandlerConfig } from './call-handler.ts'
export { attachCallHandler } from './attach-call-handler.ts'
export type { AttachedCallHandler, AttachOptions } from './attach-call-handler.ts'
export { createCallPeer } from './call-peer.ts'
export type { CallPeer, CallPeerOptions } from './call-peer.ts'
export { buildEnv } from './build-env.ts'
export type { EnvOptions } from './build-env.ts'
export { scanOperations } from './scanner.ts'
export type {
  OperationManifest,
  ScannerEntry,
  ScannerFS,
  ScanOptions,
  ScanProblem,
} from './scanner.ts'
export { closeMCPClient, createMCPClient } from './from-mcp/client.ts'
export type { MCPClientWrapper } from './from-mcp/client.ts'
export type { MCPClientConfig } from './from-mcp/config.ts'
export { MCPClientLoader } from './from-mcp/loader.ts'
export { valibotAdapter } from './from-typemap/valibot-adapter.ts'
export { zodAdapter } from './from-typemap/zod-adapter.ts'
