import { isPlain, redact } from './redact.ts'

/** Payloads whose JSON is longer are cut when they are stored. */
export const MAX_PAYLOAD_BYTES = 10 * 1024
export const PREVIEW_BYTES = 1024

/** What is stored of a payload that can't be read: a getter or `toJSON` of it throws. One such call must not keep a batch of others from being stored. */
const UNREADABLE = '"[unreadable]"'

/** What is stored of a payload that was too long. */
export interface CutPayload {
  readonly truncated: true
  /** The first bytes of the redacted payload's JSON. */
  readonly preview: string
}

/**
 * The JSON of a payload as the call graph stores it: redacted, and when it is longer than 10 KiB only its first 1 KiB as text.
 * `undefined` stays undefined. Costs no more than those 10 KiB, however long the payload is.
 */
export function storedPayload(payload: unknown): string | undefined {
  try {
    return jsonOf(payload)
  } catch {
    return UNREADABLE
  }
}

function jsonOf(payload: unknown): string | undefined {
  if (isPlain(payload, MAX_PAYLOAD_BYTES)) {
    const json = JSON.stringify(payload) as string | undefined
    if (json === undefined || fits(json)) return json
  }
  const { value, whole } = redact(payload, MAX_PAYLOAD_BYTES)
  if (value === undefined) return undefined
  const json = JSON.stringify(value)
  if (whole && fits(json)) return json
  // `stream` leaves out a character that the cut went through.
  const bytes = Buffer.from(json).subarray(0, PREVIEW_BYTES)
  const preview = new TextDecoder().decode(bytes, { stream: true })
  return JSON.stringify({ truncated: true, preview } satisfies CutPayload)
}

/** A character takes three bytes at most, for each half of a surrogate pair two. */
function fits(json: string): boolean {
  return json.length * 3 <= MAX_PAYLOAD_BYTES || Buffer.byteLength(json) <= MAX_PAYLOAD_BYTES
}
