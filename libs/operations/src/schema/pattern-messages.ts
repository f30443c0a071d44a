/** Patterns remembered; the oldest one is forgotten first. */
const MAX_PATTERNS = 1000

const messages = new Map<string, string>()

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

/** The words for a generated pattern; undefined for any other. */
export function patternMessage(pattern: unknown): string | undefined {
  return typeof pattern === 'string' ? messages.get(pattern) : undefined
}
