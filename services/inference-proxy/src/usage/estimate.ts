import { NO_TOKENS } from './usage.ts'
import type { Usage } from './usage.ts'

/** Bytes of text that make about one token, in English and in code. */
const BYTES_PER_TOKEN = 4
/** The most tokens of an attachment that is given by its address, or is small. */
const ATTACHMENT_TOKENS = 8192
/** Characters of base64 that hold at most one token. */
const ENCODED_PER_TOKEN = 32
/** What begins an attachment: an address as data, or the member that holds base64 or an address. */
const DATA_URL = /"data:[^"]{0,256}?;base64,/g
const ENCODED = /"(?:data|file_data)"\s*:\s*"/g
const ADDRESS = /"(?:image_url|file_url|url|file_id)"\s*:/g

/** Tokens of so much text, about. */
export function estimateTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

/** What a request body holds, as far as it says how many tokens it has. */
export interface BodySize {
  /** Bytes without those of attachments. */
  readonly textBytes: number
  /** The most tokens that the attachments can have. */
  readonly attachmentTokens: number
}

/** Measures a request body, in time linear in its length. */
export function measureBody(body: string): BodySize {
  let encoded = 0
  let attachments = 0
  const take = (from: number): void => {
    const end = body.indexOf('"', from)
    const length = (end < 0 ? body.length : end) - from
    encoded += length
    attachments += Math.max(ATTACHMENT_TOKENS, Math.ceil(length / ENCODED_PER_TOKEN))
  }
  if (body.includes(';base64,'))
    for (const { index, 0: start } of body.matchAll(DATA_URL)) take(index + start.length)
  if (body.includes('data"'))
    for (const { index, 0: start } of body.matchAll(ENCODED))
      if (!body.startsWith('data:', index + start.length)) take(index + start.length)
  if (body.includes('url"') || body.includes('file_id"'))
    attachments += ATTACHMENT_TOKENS * [...body.matchAll(ADDRESS)].length
  return { textBytes: Buffer.byteLength(body) - encoded, attachmentTokens: attachments }
}

/** About how many input tokens a body has. */
export function estimateInput({ textBytes, attachmentTokens }: BodySize): number {
  return estimateTokens(textBytes) + Math.ceil(attachmentTokens / 8)
}

/** The most input tokens that a body can have: no token is shorter than a byte. */
export function worstInput({ textBytes, attachmentTokens }: BodySize): number {
  return textBytes + attachmentTokens
}

/** The usage of an answer that does not report it, or that reported at its start only (`start`): the output is estimated from its text. */
export function estimateUsage(inputTokens: number, outputBytes: number, start?: Usage): Usage {
  const output = estimateTokens(outputBytes)
  return start === undefined
    ? { tokens: { ...NO_TOKENS, input: inputTokens, output }, inconsistent: false }
    : { ...start, tokens: { ...start.tokens, output: Math.max(start.tokens.output, output) } }
}
