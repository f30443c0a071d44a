import type { CallFailure } from '@alkdev/contracts'
import { isPlain, redact } from './redact.ts'

/** Bytes of JSON above which a payload is truncated when it is stored. */
export const MAX_PAYLOAD_BYTES = 10 * 1024
export const PREVIEW_BYTES = 1024
/** Characters of the message of an error that is too long to be stored whole. */
const MAX_MESSAGE = 2048

/**
 * Stored instead of a payload that can't be read because a getter or `toJSON` throws: one such call must not prevent the storing of a
 * batch.
 */
const UNREADABLE = '"[unreadable]"'

/** Stored instead of a payload that is too long. */
export interface CutPayload {
  readonly truncated: true
  /** The first bytes of the redacted payload's JSON. */
  readonly preview: string
}

/**
 * The JSON of a payload as the call log stores it: redacted, and when it is longer than 10 KiB only its first 1 KiB as text.
 * `undefined` stays undefined. The cost is bounded by those 10 KiB, not by the size of the payload.
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
  // `stream` omits a character that the cut splits.
  const bytes = Buffer.from(json).subarray(0, PREVIEW_BYTES)
  const preview = new TextDecoder().decode(bytes, { stream: true })
  return JSON.stringify({ truncated: true, preview } satisfies CutPayload)
}

/** The same for the error of a call: of one that is too long the code stays, and the message and the details are truncated each by itself. */
export function storedError(error: CallFailure): string {
  const whole = storedPayload(error)
  if (whole !== undefined && whole !== UNREADABLE && !isCut(whole)) return whole
  const { code, message, details } = error
  const short = message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}...` : message
  const { value } = redact({ code, message: short })
  const json = storedPayload(details)
  return JSON.stringify({ ...(value as object), ...(json && { details: JSON.parse(json) }) })
}

function isCut(json: string): boolean {
  return json.startsWith('{"truncated":true,"preview":')
}

/** A UTF-16 unit takes at most three bytes; half of a surrogate pair takes two. */
function fits(json: string): boolean {
  return json.length * 3 <= MAX_PAYLOAD_BYTES || Buffer.byteLength(json) <= MAX_PAYLOAD_BYTES
}
