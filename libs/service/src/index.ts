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
export { EndedCalls } from './calls/ended-calls.ts'
export { mayForCallsOf } from './calls/others-calls.ts'
export { logUnexpected } from './telemetry/log-unexpected.ts'
export { StreamLimit } from './limits/stream-limit.ts'
export { checkStorable, ServiceRegistry } from './operations/service-registry.ts'
export { createCallRecorder } from './audit/call-recorder.ts'
export type { CallRecorder, CallRecorderOptions } from './audit/call-recorder.ts'
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
export {
  describeOperation,
  hubRegistry,
  listOperations,
  operationNotFound,
  searchOperations,
} from './operations/hub-operations.ts'
export type { OperationFinder } from './operations/hub-operations.ts'
export { createKeyAuthenticator } from './identity/key-authenticator.ts'
export type { KeyAuthenticator } from './identity/key-authenticator.ts'
export { KEY_PREFIX } from './identity/key-prefix.ts'
export { intersectRights } from './identity/intersect-rights.ts'
export { IdentityWatcher } from './identity/identity-watcher.ts'
export type { WatchedUse } from './identity/identity-watcher.ts'
export { queuedCallView } from './calls/queued-call-view.ts'
export { inputHashOf, isInputHash } from './operations/input-hash.ts'
export { createLogger } from './telemetry/logger.ts'
export type { LoggerOptions } from './telemetry/logger.ts'
export { METRICS } from './telemetry/metric-definitions.ts'
export type { Metrics } from './telemetry/metrics.ts'
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
