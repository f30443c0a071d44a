export {
  ACTING_KEYS,
  audit,
  auditCaller,
  auditDenials,
  CALLED_FROM,
  calledFrom,
  callerOf,
} from './audit.ts'
export type { AuditedDeed, CalledFrom } from './audit.ts'
export { logUnexpected } from './log-unexpected.ts'
export { StreamLimit } from './stream-limit.ts'
export { checkStorable, ServiceRegistry } from './service-registry.ts'
export { createCallRecorder } from './call-recorder.ts'
export type { CallRecorder, CallRecorderOptions } from './call-recorder.ts'
export { callOnce, openOnce } from './call-once.ts'
export type { CallAnswer, CallOnceContext } from './call-once.ts'
export { createChangeReader } from './change-reader.ts'
export type {
  ChangeListPage,
  ChangeReader,
  ChangeReaderOptions,
  IdentityChange,
  ReadChanges,
} from './change-reader.ts'
export {
  describeOperation,
  hubRegistry,
  listOperations,
  operationNotFound,
  searchOperations,
} from './hub-operations.ts'
export type { OperationFinder } from './hub-operations.ts'
export { accessLevelOf, createKeyAuthenticator } from './key-authenticator.ts'
export type { KeyAuthenticator } from './key-authenticator.ts'
export { KEY_PREFIX } from './key-prefix.ts'
export { intersectRights } from './intersect-rights.ts'
export { LiveIdentities } from './live-identities.ts'
export type { LiveUse } from './live-identities.ts'
export { createLogger } from './logger.ts'
export type { LoggerOptions } from './logger.ts'
export { createMetrics, SECONDS } from './metrics.ts'
export type { Counter, Gauge, Histogram, Labels, Metrics } from './metrics.ts'
export { missingRights } from './missing-rights.ts'
export { operationDescription, operationSummary, specHash } from './operation-views.ts'
export { LeasedLimiter } from './leased-limiter.ts'
export type { Admission } from './leased-limiter.ts'
export type { BucketState, LimitBucket, LimitWindow } from './limit-script.ts'
export { addRateLimit, createRateLimiter } from './rate-limit-plugin.ts'
export type { RateLimitHeaders } from './rate-limit-plugin.ts'
export { rateLimited, RateLimiter } from './rate-limiter.ts'
export type { RateLimiterOptions, RateState } from './rate-limiter.ts'
export type { RequestLimits, SubjectLimits } from './request-limits.ts'
export { failureText, main } from './run-main.ts'
export type { CreateService } from './run-main.ts'
export type {
  CommonConfig,
  IdentityChangeNotice,
  RunningService,
  ServiceRuntime,
  StartOverrides,
} from './service-runtime.ts'
export { startService } from './start-service.ts'
export type { StartServiceInput } from './start-service.ts'
export { START_STEPS, StartSteps } from './start-steps.ts'
export type { StartStep, StepReport } from './start-steps.ts'
export { withoutSecrets } from './without-secrets.ts'
