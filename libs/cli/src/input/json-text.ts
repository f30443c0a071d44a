import { parseJson } from '@alkdev/std'
import { UsageError } from '../failure.ts'

/** The JSON value of a flag or an argument. Throws UsageError, which names it. */
export function jsonText(what: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new UsageError(`The ${what} is not valid JSON.`, 'Write it as {"name": "value"}.', {
      cause,
    })
  }
}
