/** What the caller may do after an error of a code. */
export type ErrorDisposition = 'fatal' | 'retryable' | 'cancelled'

/** One row of the closed table of codes. `status` is the HTTP status; `ran` states whether the operation may have run. */
export interface ErrorCodeRow {
  readonly status: number
  readonly disposition: ErrorDisposition
  readonly ran: 'no' | 'yes' | 'unknown'
  readonly meaning: string
}

const row = (
  status: number,
  disposition: ErrorDisposition,
  ran: ErrorCodeRow['ran'],
  meaning: string,
): ErrorCodeRow => ({ status, disposition, ran, meaning })

/**
 * The closed set of codes that travel over HTTP, WebSocket, MCP and between services.
 * `docs/reference/errors.md` lists the same rows; a test compares them.
 */
export const errorTable = {
  UNAUTHENTICATED: row(401, 'fatal', 'no', 'the request has no valid key'),
  ACCESS_DENIED: row(403, 'fatal', 'no', 'a resource or role rule refuses; the message names it'),
  OPERATION_NOT_FOUND: row(
    404,
    'fatal',
    'no',
    'no such operation, or none that the caller may see',
  ),
  VALIDATION_ERROR: row(
    400,
    'fatal',
    'no',
    'the input does not match the schema; details.errors lists every failing path',
  ),
  PAYLOAD_TOO_LARGE: row(413, 'fatal', 'unknown', 'an input or output exceeds the limit'),
  CONFLICT: row(409, 'fatal', 'no', 'the current state does not allow it'),
  EXECUTION_ERROR: row(500, 'fatal', 'yes', 'the handler threw'),
  UNKNOWN_ERROR: row(500, 'fatal', 'unknown', 'a failure without its own code'),
  PROVIDER_UNAVAILABLE: row(503, 'retryable', 'no', 'no provider offers it now; nothing ran'),
  PROVIDER_LOST: row(
    502,
    'fatal',
    'unknown',
    'the provider was lost during the call; see details.outcome',
  ),
  TIMEOUT: row(504, 'cancelled', 'unknown', 'the deadline has passed; the work was aborted'),
  ABORTED: row(499, 'cancelled', 'unknown', 'the caller or an operator aborted it'),
  OVERLOADED: row(503, 'retryable', 'no', 'at capacity; nothing ran'),
  RATE_LIMITED: row(
    429,
    'retryable',
    'no',
    'too many requests for this key, account or organization',
  ),
  INPUT_REQUIRED: row(
    422,
    'fatal',
    'no',
    'a person or the client must answer details.inputRequests first',
  ),
  UNAVAILABLE: row(503, 'retryable', 'no', 'Redis or Postgres is unreachable'),
} as const satisfies Record<string, ErrorCodeRow>

export type ErrorCode = keyof typeof errorTable

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code)
}
