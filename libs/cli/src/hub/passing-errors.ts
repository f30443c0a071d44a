/** Codes of errors that may be over soon: a command that watches goes on. */
export const PASSING_ERRORS: ReadonlySet<string> = new Set([
  'OVERLOADED',
  'PROVIDER_LOST',
  'PROVIDER_UNAVAILABLE',
  'RATE_LIMITED',
  'TIMEOUT',
  'UNAVAILABLE',
])
