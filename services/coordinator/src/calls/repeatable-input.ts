import { REDACTED } from '@alkdev/operations'

/** Why the stored input of a call may differ from what was sent. */
export type NotRepeatable = 'redacted' | 'truncated' | 'not-stored' | 'altered'

const TOO_DEEP = '[too deep]'
const UNREADABLE = '[unreadable]'
const REPLACEMENT = '\u{fffd}'

/**
 * The reason why an input of the call log can't be sent again; undefined when it is what was sent. An input that happens to hold the marks
 * that the log writes is refused as well. The log keeps no more than 66 levels, so the recursion is bounded.
 */
export function whyNotRepeatable(input: unknown): NotRepeatable | undefined {
  if (input === null || input === undefined) return 'not-stored'
  if (isCut(input)) return 'truncated'
  return inValue(input)
}

function isCut(input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return false
  const { truncated, preview } = input as { truncated?: unknown; preview?: unknown }
  return truncated === true && typeof preview === 'string' && Object.keys(input).length === 2
}

function inValue(value: unknown): NotRepeatable | undefined {
  if (typeof value === 'string') return inText(value)
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, member] of Object.entries(value)) {
    const reason = inText(name) ?? inValue(member)
    if (reason !== undefined) return reason
  }
  return undefined
}

function inText(text: string): NotRepeatable | undefined {
  if (text.includes(REDACTED)) return 'redacted'
  if (text === UNREADABLE || text === TOO_DEEP || text.includes(REPLACEMENT)) return 'altered'
  return undefined
}
