import { JsonDepthError, parseJson } from '@alkdev/std'
import { UsageError } from '../failure.ts'

const MAX_CAUSE = 200

/** The JSON value of a flag or an argument. Throws UsageError, which names it and the place of the mistake. */
export function jsonText(what: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new UsageError(
      `The ${what} is not valid JSON${placeOf(cause)}`,
      `Put it in single quotes: '{"name": "value"}'.`,
      { cause },
    )
  }
}

/** What is wrong with a JSON text, and where: the end of a sentence. */
export function placeOf(cause: unknown): string {
  if (!(cause instanceof SyntaxError || cause instanceof JsonDepthError)) return '.'
  return `: ${cause.message.slice(0, MAX_CAUSE).replace(/( is not valid JSON)?[.]?$/, '.')}`
}
