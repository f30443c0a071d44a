/** Patterns remembered; the oldest one is forgotten first. */
const MAX_PATTERNS = 1000

const messages = new Map<string, string>()
/** Those of constants: never forgotten, as many as the source has. */
const constants = new Map<string, string>()

/** Says in words what a generated pattern asks for, for the failures of values that do not match it. Returns the pattern. */
export function describedPattern(pattern: string, message: string): string {
  messages.set(pattern, message)
  if (messages.size > MAX_PATTERNS)
    for (const oldest of messages.keys()) {
      messages.delete(oldest)
      break
    }
  return pattern
}

/** Says in words what the pattern of a constant asks for; only for patterns that the source states. Returns the pattern. */
export function namedPattern(pattern: string, message: string): string {
  constants.set(pattern, message)
  return pattern
}

/** The words for a described or named pattern; undefined for any other. */
export function patternMessage(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string') return undefined
  return constants.get(pattern) ?? messages.get(pattern)
}
