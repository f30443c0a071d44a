import { MAX_JSON_DEPTH, parseJson } from '@alkdev/std'

/** Levels around a value in an answer of the hub: an envelope, or a message of MCP. */
const LEVELS_AROUND = 8

/** JSON that a hub sent. Throws JsonDepthError when it is nested deeper than any hub answers, SyntaxError when it is not JSON. */
export function parseAnswer(text: string): unknown {
  return parseJson(text, MAX_JSON_DEPTH + LEVELS_AROUND)
}
