import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import { CodedError } from '@alkdev/errors'
import { isTextNestedDeeper, MAX_JSON_DEPTH, parseJsonOutline } from '@alkdev/std'
import type { Frame } from './frame-socket.ts'

/** Levels of a frame around the deepest value in it. */
const FRAME_LEVELS = 4

/** The frame as text. Throws PAYLOAD_TOO_LARGE over the limit of a frame, because the hub would close the socket. */
export function frameText(frame: Frame): string {
  let text: string
  try {
    text = JSON.stringify(frame)
  } catch (cause) {
    throw new CodedError('VALIDATION_ERROR', 'The value cannot be written as JSON.', { cause })
  }
  // No character has more than three bytes per unit of its length.
  if (
    text.length * 3 > DEFAULT_LIMITS.maxFrameBytes &&
    bytesOf(text) > DEFAULT_LIMITS.maxFrameBytes
  )
    throw new CodedError(
      'PAYLOAD_TOO_LARGE',
      `A frame may have ${DEFAULT_LIMITS.maxFrameBytes} bytes.`,
    )
  return text
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}

/** Parses a frame; undefined when it is malformed. A frame that is nested too deep becomes a failure of its call. */
export function frameOf(text: string): Frame | undefined {
  try {
    const deep = isTextNestedDeeper(text, MAX_JSON_DEPTH + FRAME_LEVELS)
    const parsed = deep ? parseJsonOutline(text, FRAME_LEVELS) : JSON.parse(text)
    const { type, id, payload } = parsed as Partial<Frame>
    if (typeof type !== 'string') return undefined
    if (!type.startsWith('call.')) return { type, id: String(id), payload: payload ?? {} }
    if (typeof id !== 'string' || typeof payload !== 'object' || payload === null) return undefined
    return deep ? tooDeep({ type, id, payload }) : { type, id, payload }
  } catch {
    return undefined
  }
}

/** The hub passes on at most 512 levels, so a hub never sends more. */
function tooDeep({ type, id, payload }: Frame): Frame | undefined {
  if (type !== 'call.responded' && type !== 'call.error') return undefined
  const message = `The answer is nested deeper than ${MAX_JSON_DEPTH} levels.`
  const { requestId } = payload
  return { type: 'call.error', id, payload: { requestId, code: 'EXECUTION_ERROR', message } }
}
