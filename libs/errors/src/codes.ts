/** What the caller may do after an error of a code. */
export type ErrorDisposition = 'fatal' | 'retryable' | 'cancelled'

/** One row of the closed table of codes. `status` is the HTTP status; `ran` says whether the operation may have run. */
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
  UNAUTHENTICATED: row(401, 'fatal', 'no', 'no valid key was shown'),
  ACCESS_DENIED: row(403, 'fatal', 'no', 'a resource or role rule refuses; the message says which'),
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
    'the input does not fit; details.errors has every failing path',
  ),
  PAYLOAD_TOO_LARGE: row(413, 'fatal', 'unknown', 'an input or output is over the limit'),
  CONFLICT: row(409, 'fatal', 'no', 'the state of the thing does not allow it'),
  EXECUTION_ERROR: row(500, 'fatal', 'yes', 'the handler threw'),
  UNKNOWN_ERROR: row(500, 'fatal', 'unknown', 'something failed that has no code of its own'),
  PROVIDER_UNAVAILABLE: row(503, 'retryable', 'no', 'nobody offers it now; nothing ran'),
  PROVIDER_LOST: row(502, 'fatal', 'unknown', 'the provider died during the call; details.outcome'),
  TIMEOUT: row(504, 'cancelled', 'unknown', 'the time given ran out; the work was told to stop'),
  ABORTED: row(499, 'cancelled', 'unknown', 'the caller or an operator aborted it'),
  OVERLOADED: row(503, 'retryable', 'no', 'queues are full; nothing ran'),
  RATE_LIMITED: row(
    429,
    'retryable',
    'no',
    'too many requests for this key, account or organization',
  ),
  UNAVAILABLE: row(503, 'retryable', 'no', 'the hub lacks Redis or Postgres'),
} as const satisfies Record<string, ErrorCodeRow>

export type ErrorCode = keyof typeof errorTable

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code)
}
