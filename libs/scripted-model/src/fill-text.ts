import { RE2JS } from 're2js'
import type { Conversation } from './conversation.ts'

/** Characters of a result that are inserted, and searched. */
const MAX_INSERTED = 4000
const MAX_SEARCHED = 262_144

const PLACE = /\{\{(prompt|result|tools)(?: \/((?:[^/\\]|\\.)+)\/)?\}\}/g

/**
 * Replaces `{{prompt}}`, `{{result}}`, `{{tools}}` and `{{result /PATTERN/}}`: what the RE2 pattern finds first, its first group when it has one, and
 * nothing when it finds nothing. The first 4,000 characters of each.
 */
export function fillText(template: string, { prompt, result, tools }: Conversation): string {
  return template.replaceAll(PLACE, (_whole, name: string, pattern: string | undefined) => {
    const value = name === 'prompt' ? prompt : name === 'result' ? result : tools.join(', ')
    const text = pattern === undefined ? value : found(pattern, value.slice(0, MAX_SEARCHED))
    return text.slice(0, MAX_INSERTED)
  })
}

/** The same for every text inside a value of JSON. Its depth was limited when the script was read. */
export function fillValue(value: unknown, conversation: Conversation): unknown {
  if (typeof value === 'string') return fillText(value, conversation)
  if (Array.isArray(value)) return value.map((one) => fillValue(one, conversation))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, fillValue(one, conversation)]),
  )
}

function found(pattern: string, text: string): string {
  try {
    const matcher = RE2JS.compile(pattern).matcher(text)
    if (!matcher.find()) return ''
    return (matcher.groupCount() > 0 ? matcher.group(1) : matcher.group()) ?? ''
  } catch {
    return `[${pattern} is no RE2 pattern]`
  }
}
