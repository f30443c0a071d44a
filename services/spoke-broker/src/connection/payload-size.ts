import { CallError } from '@alkdev/operations'

/** Bytes of a value as JSON; 0 for undefined. */
export function jsonBytes(value: unknown): number {
  const text = value === undefined ? undefined : JSON.stringify(value)
  return text === undefined ? 0 : Buffer.byteLength(text)
}

/**
 * PAYLOAD_TOO_LARGE when a value that came in a frame of `frameBytes` is larger than `limit`, else undefined. A value is measured
 * only when its frame is large enough to exceed the limit.
 */
export function tooLarge(
  what: string,
  value: unknown,
  frameBytes: number,
  limit: number,
): CallError | undefined {
  if (frameBytes <= limit) return undefined
  const bytes = jsonBytes(value)
  if (bytes <= limit) return undefined
  return new CallError('PAYLOAD_TOO_LARGE', `${what} has ${bytes} bytes; ${limit} are allowed.`)
}
