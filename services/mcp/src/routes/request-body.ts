import { CodedError } from '@alkdev/errors'
import { isTextNestedDeeper, MAX_JSON_DEPTH, parseJsonOutline } from '@alkdev/std'

/** Levels of a request around the input of a call: the message (or a list of them), its params, their arguments. */
const LEVELS_AROUND = 4
const OUTLINE_LEVELS = 16

export interface RequestBody {
  /** As JSON is read from it: without a byte order mark. */
  readonly text: string
  /** The request is nested deeper than 512 levels: the body is its outline, which must be answered but not executed. */
  readonly tooDeep: boolean
  /** What the SDK reads, which most calls do not need. */
  readonly bytes: () => Uint8Array<ArrayBuffer>
}

const BYTE_ORDER_MARK = '\uFEFF'

/** The body that the protocol reads. Throws VALIDATION_ERROR for text that is nested too deep and is not JSON. */
export function requestBody(bytes: Buffer): RequestBody {
  const read = bytes.toString('utf8')
  const text = read.startsWith(BYTE_ORDER_MARK) ? read.slice(1) : read
  if (!isTextNestedDeeper(text, MAX_JSON_DEPTH + LEVELS_AROUND))
    return { text, tooDeep: false, bytes: () => new Uint8Array(bytes) }
  try {
    const outline = JSON.stringify(parseJsonOutline(text, OUTLINE_LEVELS))
    return { text: outline, tooDeep: true, bytes: () => new TextEncoder().encode(outline) }
  } catch (cause) {
    throw new CodedError('VALIDATION_ERROR', 'The body is not JSON.', { cause })
  }
}

/** The error for a request, or an input, with more than 512 levels. */
export function tooDeepError(what: string): CodedError {
  return new CodedError(
    'VALIDATION_ERROR',
    `The ${what} is nested deeper than ${MAX_JSON_DEPTH} levels.`,
  )
}
