export { OperationType } from './registry/types.ts'
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
} from './registry/types.ts'
export {
  AccessControlSchema,
  ErrorDefinitionSchema,
  IdentitySchema,
  NAME_PATTERN,
  OperationContextSchema,
  OperationDefinitionSchema,
  OperationSpecSchema,
} from './registry/spec-schema.ts'
export { operationIdOf, retryClassOf, validateSpec } from './registry/validate-spec.ts'
export { givesSecrets, holdsSecrets, SECRET_KEYWORD } from './schema/secret-marks.ts'
export { REDACTED, redactMarked, redactPayloads } from './schema/secret-values.ts'
export type { CallPayloads } from './schema/secret-values.ts'
export { OperationRegistry } from './registry/registry.ts'
export type {
  ListFilter,
  OperationSearchHit,
  RegisteredOperation,
  RegisterOptions,
  RegistryOptions,
} from './registry/registry-types.ts'
export { subscribe } from './registry/subscribe.ts'
export { defaultAdapter } from './schema/schema-adapter.ts'
export type { SchemaAdapter } from './schema/schema-adapter.ts'
export { checkAccess, checkResource, checkScopes, enforceAccess } from './access/access.ts'
export {
  callHash,
  matchesPattern,
  matchesResource,
  mayBeAllowed,
  ownNameOf,
  RESOURCE_META,
  resourceOf,
  roleRefusal,
  rulesDecision,
} from './access/role-rules.ts'
export type { RoleRule, RulePermission } from './access/role-rules.ts'
export { coversScope } from './access/scopes.ts'
export { CallError, InfrastructureErrorCode, withUnknownOutcome } from './calls/call-error.ts'
export type { CallErrorCode, CallErrorOptions } from './calls/call-error.ts'
export { jsonFault, outputFailures } from './calls/json-output.ts'
export { isMismatchAccepted } from './registry/output-mismatch.ts'
export { mapError, UNREADABLE_ERROR } from './calls/map-error.ts'
export { FromSchema } from './schema/from-schema.ts'
export { compileLater, compileSchema, schemaHash } from './schema/validator.ts'
export { isExpensive, schemaCost } from './schema/schema-cost.ts'
export type { Validator } from './schema/validator.ts'
export type { ValidationFailure } from './schema/validation-failure.ts'
export { namedPattern } from './schema/pattern-messages.ts'
export { MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH } from './schema/schema-limits.ts'
export {
  assertIsSchema,
  collectErrors,
  formatValueErrors,
  validateOrThrow,
  validationError,
} from './schema/validation.ts'
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
} from './calls/response-envelope.ts'
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
} from './calls/response-envelope.ts'
export { CallEventMap, CallEventSchema, CallIdentitySchema } from './calls/call-events.ts'
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
} from './calls/call-events.ts'
export { checkCallFrame } from './calls/call-frame.ts'
export type { FrameCheck, FrameFault } from './calls/call-frame.ts'
export { readCallFrame } from './calls/read-call-frame.ts'
export type { FrameRead } from './calls/read-call-frame.ts'
export { DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS } from './calls/call-limits.ts'
export { STREAM_TOLERANCE, STREAM_WINDOW } from './stream/stream-limits.ts'
export type { CallEvent, CallEventTarget, CallFrameSender } from './calls/call-port.ts'
export { PendingRequestMap } from './calls/pending-request-map.ts'
export type { PendingRequestOptions } from './calls/pending-request-map.ts'
export type { RequestOptions, SubscribeRequestOptions } from './calls/call-request.ts'
export { PendingStream } from './calls/pending-stream.ts'
export type { ServedRequest } from './calls/served-call.ts'
export { buildCallHandler } from './calls/call-handler.ts'
export type { CallHandler, CallHandlerConfig } from './calls/call-handler.ts'
export { attachCallHandler } from './calls/attach-call-handler.ts'
export type { AttachedCallHandler, AttachOptions } from './calls/attach-call-handler.ts'
export { createCallPeer } from './calls/call-peer.ts'
export type { CallPeer, CallPeerOptions } from './calls/call-peer.ts'
export { buildEnv } from './registry/build-env.ts'
export type { EnvOptions } from './registry/build-env.ts'
export { scanOperations } from './registry/scanner.ts'
export type {
  OperationManifest,
  ScannerEntry,
  ScannerFS,
  ScanOptions,
  ScanProblem,
} from './registry/scanner.ts'
export { closeMCPClient, createMCPClient } from './adapters/mcp/from-mcp/client.ts'
export type { MCPClientWrapper } from './adapters/mcp/from-mcp/client.ts'
export type { MCPClientConfig } from './adapters/mcp/from-mcp/config.ts'
export { MCPClientLoader } from './adapters/mcp/from-mcp/loader.ts'
export { wasNeverSent } from './adapters/never-sent.ts'
export { valibotAdapter } from './adapters/typemap/valibot-adapter.ts'
export { zodAdapter } from './adapters/typemap/zod-adapter.ts'
