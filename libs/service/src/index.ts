export {
  ACTING_KEYS,
  audit,
  auditCaller,
  auditDenials,
  CALLED_FROM,
  calledFrom,
  callerOf,
} from './audit/audit.ts'
export type { AuditEntry, CalledFrom } from './audit/audit.ts'
export { callNotFound, callSummary, callView } from './calls/call-view.ts'
export { ALL_CALLS } from './calls/announce-ended-calls.ts'
export { EndedCalls } from './calls/ended-calls.ts'
export { AbortFeed } from './sessions/abort-feed.ts'
export { mayForCallsOf } from './calls/others-calls.ts'
export { logUnexpected } from './telemetry/log-unexpected.ts'
export { StreamLimit } from './limits/stream-limit.ts'
export { requireForeignClient, requireForeignUrl } from './operations/require-foreign-url.ts'
export { checkStorable, ServiceRegistry } from './operations/service-registry.ts'
export { createCallRecorder } from './audit/call-recorder.ts'
export type { CallRecorder, CallRecorderOptions } from './audit/call-recorder.ts'
export { checkClientConfig } from './operations/check-client-config.ts'
export { clientNotFound, operableClient, visibleClient } from './operations/client-access.ts'
export { clientConnections } from './operations/client-connection-view.ts'
export { callOnce, openOnce } from './operations/call-once.ts'
export type { CallAnswer, CallOnceContext } from './operations/call-once.ts'
export { createChangeReader } from './identity/change-reader.ts'
export type {
  ChangeListPage,
  ChangeReader,
  ChangeReaderOptions,
  IdentityChange,
  ReadChanges,
} from './identity/change-reader.ts'
export { GENERIC_OPERATIONS, GENERIC_TOOLS } from './operations/generic-tools.ts'
export type { GenericTool } from './operations/generic-tools.ts'
export {
  describeOperation,
  hubRegistry,
  listOperations,
  operationNotFound,
  searchOperations,
} from './operations/hub-operations.ts'
export type { OperationFinder } from './operations/hub-operations.ts'
export type { SearchStage } from './search/embedding-stage.ts'
export { createKeyAuthenticator } from './identity/key-authenticator.ts'
export type { KeyAuthenticator } from './identity/key-authenticator.ts'
export { coversOrg, levelIn, orgIdsOf } from './identity/caller.ts'
export type { Caller } from './identity/caller.ts'
export { KEY_PREFIX } from './identity/key-prefix.ts'
export { grantRights } from './identity/grant-rights.ts'
export type { GrantRights } from './identity/grant-rights.ts'
export { confirmedPrincipal, STORED_GRANT, storedGrantOf } from './identity/confirmed-principal.ts'
export { intersectRights } from './identity/intersect-rights.ts'
export { IdentityWatcher } from './identity/identity-watcher.ts'
export type { WatchedUse } from './identity/identity-watcher.ts'
export { abortCall } from './calls/abort-call.ts'
export type { AbortRequest } from './calls/abort-call.ts'
export { fittingCall } from './calls/fitting-call.ts'
export { queueCall } from './calls/queue-call.ts'
export { readCall } from './calls/read-call.ts'
export type { CallRequestOf } from './calls/read-call.ts'
export { queuedCallSummary, queuedCallView } from './calls/queued-call-view.ts'
export { queuedFilters } from './calls/queued-filters.ts'
export { inputHashOf, isInputHash } from './operations/input-hash.ts'
export { createLogger } from './telemetry/logger.ts'
export type { LoggerOptions } from './telemetry/logger.ts'
export { METRICS } from './telemetry/metric-definitions.ts'
export type { Metrics } from './telemetry/metrics.ts'
export { instantOf } from './operations/instant-of.ts'
export { mayGoOn } from './identity/may-go-on.ts'
export { missingRights } from './identity/missing-rights.ts'
export { operationDescription, operationSummary, specHash } from './operations/operation-views.ts'
export { LeasedLimiter } from './limits/leased-limiter.ts'
export type { Admission } from './limits/leased-limiter.ts'
export type { BucketState, LimitBucket, LimitWindow } from './limits/limit-script.ts'
export { addRateLimit, createRateLimiter } from './limits/rate-limit-plugin.ts'
export type { RateLimitHeaders } from './limits/rate-limit-plugin.ts'
export { RateLimiter } from './limits/rate-limiter.ts'
export type { RateLimiterOptions, RateState } from './limits/rate-limiter.ts'
export type { RequestLimits, SubjectLimits } from './limits/request-limits.ts'
export { busKeysOf } from './start/open-bus.ts'
export { failureText, main } from './start/run-main.ts'
export type { CreateService } from './start/run-main.ts'
export type {
  CommonConfig,
  IdentityChangeNotice,
  RunningService,
  ServiceRuntime,
  StartOverrides,
} from './start/service-runtime.ts'
export { startService } from './start/start-service.ts'
export type { StartServiceInput } from './start/start-service.ts'
export { START_STEPS, StartSteps } from './start/start-steps.ts'
export type { StartStep, StepReport } from './start/start-steps.ts'
export { redactSecrets } from './telemetry/redact-secrets.ts'
