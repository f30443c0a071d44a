import { parseJson, storableValue } from '@alkdev/std'

/** How JSON writes NUL and halves of surrogate pairs. */
const ESCAPE = String.raw`\u`
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/**
 * Calls as the parameter of a statement. What PostgreSQL does not store has U+FFFD in its place: names of models come from clients, and a row
 * that cannot be written would leave its call open.
 */
export function callsJson(calls: readonly object[]): string {
  return callJson(calls)
}

/** One call of such a parameter. */
export function callJson(call: object): string {
  const json = JSON.stringify(call)
  // Most texts have no escape of this kind, and a search for one is several times as fast.
  return json.includes(ESCAPE) && UNSTORABLE.test(json)
    ? JSON.stringify(storableValue(parseJson(json)))
    : json
}
