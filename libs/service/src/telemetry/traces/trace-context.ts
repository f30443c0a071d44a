/** The id of the trace in a W3C trace context of version 00. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35)
}

/** The id of the span in a W3C trace context of version 00. */
export function spanIdOf(traceparent: string): string {
  return traceparent.slice(36, 52)
}

/** Whether the trace is recorded. */
export function isSampled(traceparent: string): boolean {
  const code = traceparent.charCodeAt(54)
  // The last digit, in hexadecimal: `a` is even, and its character code is odd.
  return ((code < 58 ? code : code - 87) & 1) === 1
}

/** A trace context of version 00. */
export function traceparentOf(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}
