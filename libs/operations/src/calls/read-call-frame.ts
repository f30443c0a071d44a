import {
  isNestedDeeper,
  isTextNestedDeeper,
  MAX_JSON_DEPTH,
  parseJson,
  parseJsonOutline,
} from '@alkdev/std'
import { withWholeMeta } from './answer-output.ts'
import type { CallFrame } from './call-events.ts'
import { checkCallFrame } from './call-frame.ts'
import type { FrameCheck } from './call-frame.ts'

/** Levels around the deepest member of a frame, `payload.output.meta.content`: the frame, its payload, the envelope, its meta. */
const LEVELS_AROUND = 4
/** Levels that are read of a frame that is too deep, in order to answer it. */
const OUTLINE_LEVELS = 16

/**
 * The result of reading a frame. `deep`: a frame whose input, metadata, details or output has more than 512 levels; those members may be
 * missing. `text`: not JSON at all.
 */
export type FrameRead =
  | FrameCheck
  | { readonly kind: 'deep'; readonly frame: CallFrame }
  | { readonly kind: 'text' }

const check = (message: unknown): FrameCheck => checkCallFrame(withWholeMeta(message))

/** Reads one frame from its text, and adds optional members of a provider's answer. Never throws. Costs little more than JSON.parse. */
export function readCallFrame(text: string): FrameRead {
  try {
    if (!isTextNestedDeeper(text, MAX_JSON_DEPTH)) return check(JSON.parse(text))
    if (isTextNestedDeeper(text, MAX_JSON_DEPTH + LEVELS_AROUND)) {
      const outline = check(parseJsonOutline(text, OUTLINE_LEVELS))
      return outline.kind === 'frame' ? { kind: 'deep', frame: outline.frame } : outline
    }
    return withDepth(check(parseJson(text, MAX_JSON_DEPTH + LEVELS_AROUND)))
  } catch {
    return { kind: 'text' }
  }
}

/** Like `checkCallFrame`, with the limit on nesting, for a message that is parsed already. */
export function checkFrameDepth(message: unknown): Exclude<FrameRead, { kind: 'text' }> {
  return withDepth(checkCallFrame(message))
}

function withDepth(checked: FrameCheck): Exclude<FrameRead, { kind: 'text' }> {
  if (checked.kind !== 'frame') return checked
  const { frame } = checked
  return membersOf(frame).some((member) => isNestedDeeper(member))
    ? { kind: 'deep', frame }
    : checked
}

/** The members that may have 512 levels. An answer's envelope and meta belong to the protocol; the limit applies to their content. */
function membersOf({ type, payload }: CallFrame): readonly unknown[] {
  if (type !== 'call.responded') return Object.values(payload)
  const { output, ...rest } = payload
  return [output.data, ...Object.values(output.meta), ...Object.values(rest)]
}
