import type { IncomingHttpHeaders } from 'node:http'
import { isTraceparent } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'

/** The options in the headers of a call. */
export interface CallHeaders {
  /** Milliseconds for the whole call. */
  readonly timeoutMs?: number
  readonly idempotencyKey?: string
  /** `Prefer: respond-async`: to be queued, and answered at once. */
  readonly isAsync?: true
  /** Of the caller's span. */
  readonly traceparent?: string
}

const PRINTABLE = /^[\x20-\x7e]{1,128}$/

function one(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : value
}

function invalid(name: string, expected: string): CallError {
  return new CallError('VALIDATION_ERROR', `The header ${name} must be ${expected}.`, {
    errors: [{ path: `/headers/${name}`, message: `must be ${expected}` }],
  })
}

/** The header is a list of preferences, each with parameters. */
function asksForAsync(prefer = ''): boolean {
  return prefer
    .split(',')
    .some((one) => one.split(';', 1)[0]?.trim().toLowerCase() === 'respond-async')
}

/** Reads `x-deadline-ms`, `idempotency-key`, `traceparent` and `prefer`. Throws VALIDATION_ERROR. */
export function readCallHeaders(headers: IncomingHttpHeaders): CallHeaders {
  const deadline = one(headers, 'x-deadline-ms')
  if (deadline !== undefined && !/^[1-9]\d{0,8}$/.test(deadline)) {
    throw invalid('x-deadline-ms', 'a whole number of milliseconds, 1 or more')
  }
  const idempotencyKey = one(headers, 'idempotency-key')
  if (idempotencyKey !== undefined && !PRINTABLE.test(idempotencyKey)) {
    throw invalid('idempotency-key', '1 to 128 printable characters')
  }
  const traceparent = one(headers, 'traceparent')
  return {
    ...(asksForAsync(one(headers, 'prefer')) && { isAsync: true }),
    ...(deadline !== undefined && { timeoutMs: Number(deadline) }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    // A malformed trace header starts a new trace, as the W3C standard requires.
    ...(traceparent !== undefined && isTraceparent(traceparent) && { traceparent }),
  }
}

/** The trace of a call: that of the caller, otherwise one derived from the call id. The span is the call itself. */
export function traceparentOf(callId: string, caller: string | undefined): string {
  const span = `${callId.slice(19, 23)}${callId.slice(24)}`
  return caller === undefined
    ? `00-${callId.slice(0, 8)}${callId.slice(9, 13)}${callId.slice(14, 18)}${span}-${span}-01`
    : `${caller.slice(0, 36)}${span}${caller.slice(52)}`
}
