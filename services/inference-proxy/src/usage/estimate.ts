import { attachmentsOf } from './attachments.ts'
import { NO_TOKENS } from './usage.ts'
import type { Usage } from './usage.ts'

/** Bytes of text that make about one token, in English and in code. */
const BYTES_PER_TOKEN = 4
/** The most tokens of an attachment that is given by its address, or is small. */
const ATTACHMENT_TOKENS = 8192
/** Characters of base64 that hold at most one token. */
const ENCODED_PER_TOKEN = 32

/** Tokens of so much text, about. */
export function estimateTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

/** What a request body holds, as far as it says how many tokens it has. */
export interface BodySize {
  /** Bytes without those of attachments. */
  readonly textBytes: number
  /** The most tokens that the attachments can have, but for documents. */
  readonly attachmentTokens: number
  /** The provider adds what the body does not hold, or not as text: an earlier conversation, a document. Its tokens have no bound but the window of the model. */
  readonly isOpen: boolean
}

/** Of a request that has no input. */
export const NO_BODY: BodySize = { textBytes: 0, attachmentTokens: 0, isOpen: false }

/** Measures a request body: `bytes`, and `value` as they were parsed. */
export function measureBody({ bytes, value }: { bytes: Buffer; value: unknown }): BodySize {
  const { encoded, addressed, isOpen } = attachmentsOf(value)
  let [encodedBytes, attachmentTokens] = [0, addressed * ATTACHMENT_TOKENS]
  for (const length of encoded) {
    encodedBytes += length
    attachmentTokens += Math.max(ATTACHMENT_TOKENS, Math.ceil(length / ENCODED_PER_TOKEN))
  }
  return { textBytes: Math.max(0, bytes.length - encodedBytes), attachmentTokens, isOpen }
}

/** About how many input tokens a body has. */
export function estimateInput({ textBytes, attachmentTokens }: BodySize): number {
  return estimateTokens(textBytes) + Math.ceil(attachmentTokens / 8)
}

/**
 * The most input tokens that a body can have: no token is shorter than a byte. `window`: the tokens that the model takes at most; undefined where it
 * is not known.
 */
export function worstInput(
  { textBytes, attachmentTokens, isOpen }: BodySize,
  window: number | undefined,
): number {
  const measured = textBytes + attachmentTokens
  return isOpen && window !== undefined ? Math.max(measured, window) : measured
}

/** The usage of an answer that does not report it, or that reported at its start only (`start`): the output is estimated from its text. */
export function estimateUsage(inputTokens: number, outputBytes: number, start?: Usage): Usage {
  const output = estimateTokens(outputBytes)
  return start === undefined
    ? { tokens: { ...NO_TOKENS, input: inputTokens, output }, inconsistent: false }
    : { ...start, tokens: { ...start.tokens, output: Math.max(start.tokens.output, output) } }
}
