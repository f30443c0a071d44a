import type { Call } from '@alkdev/contracts'

/** Bytes for what stands around the call in an answer. */
const AROUND_BYTES = 1024

/**
 * The call for an answer of at most `maxBytes` of JSON: without its input when it would be longer, and then without its output. `omitted` names
 * what was left out.
 */
export function fittingCall<T extends Call>(call: T, maxBytes: number): T {
  let shown = call
  const omitted: NonNullable<Call['omitted']> = []
  for (const member of ['input', 'output'] as const) {
    if (bytesOf(shown) <= maxBytes - AROUND_BYTES) return shown
    if (shown[member] === undefined) continue
    const { [member]: _left, ...rest } = shown
    omitted.push(member)
    shown = { ...(rest as T), omitted: [...omitted] }
  }
  return shown
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
