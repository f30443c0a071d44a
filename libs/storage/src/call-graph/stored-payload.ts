import { redact } from './redact.ts'

/** Payloads whose JSON is longer are cut when they are stored. */
export const MAX_PAYLOAD_BYTES = 10 * 1024
export const PREVIEW_BYTES = 1024

/** What is stored of a payload that was too long. */
export interface CutPayload {
  readonly truncated: true
  /** The first bytes of the redacted payload's JSON. */
  readonly preview: string
}

/**
 * A payload as the call graph stores it: redacted, and when its JSON is longer than 10 KiB only its first 1 KiB as text.
 * `undefined` stays undefined. Costs no more than those 10 KiB, however long the payload is.
 */
export function storedPayload(payload: unknown): unknown {
  const { value, whole } = redact(payload, MAX_PAYLOAD_BYTES)
  if (value === undefined) return undefined
  const json = Buffer.from(JSON.stringify(value))
  if (whole && json.length <= MAX_PAYLOAD_BYTES) return value
  // `stream` leaves out a character that the cut went through.
  const preview = new TextDecoder().decode(json.subarray(0, PREVIEW_BYTES), { stream: true })
  return { truncated: true, preview } satisfies CutPayload
}
