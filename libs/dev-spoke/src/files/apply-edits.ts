import { CodedError } from '@alkdev/errors'

/** An exact replacement. `all`: of every occurrence, otherwise `oldText` must occur once. */
export interface Edit {
  readonly oldText: string
  readonly newText: string
  readonly all?: boolean
}

/** Line numbers that an error about an ambiguous text names. */
const MAX_LINES = 20

/**
 * The text after the replacements, one after the other. Throws CodedError CONFLICT with `details: {reason, edit, lines?}` when an old text
 * is missing (`not-found`) or occurs more than once (`ambiguous`), VALIDATION_ERROR when the result has over `maxCharacters`.
 */
export function applyEdits(text: string, edits: readonly Edit[], maxCharacters: number): string {
  let current = text
  for (const [edit, { oldText, newText, all }] of edits.entries()) {
    const first = current.indexOf(oldText)
    if (first < 0)
      throw new CodedError('CONFLICT', `Edit ${edit + 1}: the old text is not in the file.`, {
        details: { reason: 'not-found', edit },
      })
    // Overlapping occurrences are occurrences: which of them is meant is not known.
    if (all !== true && current.indexOf(oldText, first + 1) >= 0)
      throw new CodedError(
        'CONFLICT',
        `Edit ${edit + 1}: the old text occurs more than once. Make it longer, or set all.`,
        { details: { reason: 'ambiguous', edit, lines: linesOf(current, oldText) } },
      )
    const pieces = all === true ? current.split(oldText) : undefined
    const count = pieces ? pieces.length - 1 : 1
    if (current.length + count * (newText.length - oldText.length) > maxCharacters)
      throw new CodedError('VALIDATION_ERROR', `Edit ${edit + 1}: the file would be too long.`)
    current = pieces
      ? pieces.join(newText)
      : current.slice(0, first) + newText + current.slice(first + oldText.length)
  }
  return current
}

/** True when the text is as after the edits: it is unchanged when they are taken back and applied again. */
export function areApplied(text: string, edits: readonly Edit[], maxCharacters: number): boolean {
  try {
    const back = edits.toReversed().map(({ oldText, newText, all }) => ({
      oldText: newText,
      newText: oldText,
      ...(all && { all }),
    }))
    if (back.some(({ oldText }) => oldText === '')) return false
    return applyEdits(applyEdits(text, back, maxCharacters), edits, maxCharacters) === text
  } catch {
    return false
  }
}

function linesOf(text: string, part: string): number[] {
  const lines: number[] = []
  let line = 1
  let from = 0
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    for (
      let next = text.indexOf('\n', from);
      next >= 0 && next < at;
      next = text.indexOf('\n', from)
    ) {
      line += 1
      from = next + 1
    }
    lines.push(line)
    if (lines.length >= MAX_LINES) break
  }
  return lines
}
