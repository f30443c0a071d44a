import { visibleText } from './visible-text.ts'

/** Characters of an input, and of a title, that the question shows. */
const MAX_INPUT = 500
const MAX_TITLE = 80
/** Operations that the question names. */
const MAX_NAMED = 5

export interface Asked {
  readonly operationId: string
  /** As its author wrote it. */
  readonly title: string | undefined
  /** The operations that it makes the hub call. */
  readonly calls: readonly string[]
  readonly input: unknown
}

/**
 * The question whether a call may run. It begins with the operation id. The title and the input are written by others: characters that are not seen, or that move what
 * is seen, are shown as escapes, and what is left out is counted, so that a person does not agree to something else than is shown.
 */
export function consentQuestion({ operationId, title, calls, input }: Asked): string {
  const named =
    title === undefined ? '' : ` (${JSON.stringify(cut(visibleText(title), MAX_TITLE))})`
  return `Allow ${operationId}${named}${calling(calls)}? Input: ${shown(input)}`
}

function calling(operationIds: readonly string[]): string {
  if (operationIds.length === 0) return ''
  const more = operationIds.length - MAX_NAMED
  return `, which calls ${operationIds.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function shown(input: unknown): string {
  const text = visibleText(JSON.stringify(input ?? {}))
  const left = text.length - MAX_INPUT
  return left > 0 ? `${text.slice(0, MAX_INPUT)} ... and ${left} characters more` : text
}

/** A text of at most `max` characters, and dots if there are more. */
export function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max)} ...` : text
}
