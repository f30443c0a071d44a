export { backoff } from './backoff.ts'
export type { BackoffOptions } from './backoff.ts'
export { canonicalJson } from './canonical-json.ts'
export { compact } from './compact.ts'
export { parseConnectionUrl, parsePostgresUrl, parseRedisUrl } from './connection-url.ts'
export type { ConnectionUrl } from './connection-url.ts'
export { deferred } from './deferred.ts'
export type { Deferred } from './deferred.ts'
export { followAborts } from './follow-aborts.ts'
export { LineLimit } from './line-limit.ts'
export { assertNever, must } from './must.ts'
export { didYouMean, nearest } from './nearest.ts'
export {
  isNestedDeeper,
  isTextNestedDeeper,
  JsonDepthError,
  MAX_JSON_DEPTH,
  hasMoreNodes,
  parseJson,
  parseJsonOutline,
} from './parse-json.ts'
export { runAtOnce } from './run-at-once.ts'
export { isStorableText, storableText, storableValue, unstorablePath } from './storable-text.ts'
export { clearSharedClock, clockSkewMs, setSharedClock, sharedNow } from './shared-clock.ts'
export { sleep } from './sleep.ts'
export { uuidv7 } from './uuidv7.ts'
export { TimeoutError, unlessAborted, withTimeout } from './with-timeout.ts'
export type { TimeoutOptions } from './with-timeout.ts'
