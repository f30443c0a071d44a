import type { ModelMessage } from 'ai'
import type { SaidMessage } from '@alkdev/storage/sessions'
import { modelHistory } from './turn-history.ts'

/** Characters of one message in the transcript that is summarised. */
const MAX_ENTRY = 4000
const CUT = '\n[...]\n'

export const SUMMARY_INSTRUCTIONS = [
  'You summarise the conversation of an agent, so that it can go on without the conversation.',
  'State: what is to be done and under which conditions, what was done and with what result, which files were read or changed, decisions with their reasons,',
  'errors that occurred, open questions, and the next steps. Keep names, paths, numbers and quoted text exact. Add nothing. Answer with the summary alone.',
].join('\n')

/** The conversation as one text of at most `maxCharacters`; the earliest messages are left out first. */
export function transcriptOf(views: readonly SaidMessage[], maxCharacters: number): string {
  const entries = modelHistory(views, { maxCharacters: 0 }).map((message) => entryOf(message))
  const kept: string[] = []
  let left = maxCharacters
  for (const entry of entries.toReversed()) {
    left -= entry.length + 1
    if (left < 0 && kept.length > 0) break
    kept.unshift(left < 0 ? shortened(entry, maxCharacters) : entry)
  }
  return kept.join('\n')
}

function entryOf({ role, content }: ModelMessage): string {
  const text =
    typeof content === 'string'
      ? content
      : content
          .map((part) => {
            if (part.type === 'text') return part.text
            if (part.type === 'tool-call')
              return `calls ${part.toolName} ${JSON.stringify(part.input)}`
            if (part.type === 'tool-result') return JSON.stringify(part.output)
            return ''
          })
          .join('\n')
  return `${role}: ${shortened(text, MAX_ENTRY)}`
}

function shortened(text: string, most: number): string {
  if (text.length <= most) return text
  const half = Math.max(0, Math.floor((most - CUT.length) / 2))
  return `${text.slice(0, half)}${CUT}${text.slice(text.length - half)}`.toWellFormed()
}

/** What stands for the conversation from now on: the summary, and the latest message of a person as it is. */
export function compactedText(summary: string, views: readonly SaidMessage[]): string {
  const latest = views.findLast(({ message }) => message.role === 'user' && message.mode !== null)
  const text = latest?.parts
    .filter(({ type }) => type === 'text')
    .map(({ data }) => String(data['text']))
    .join('\n')
  if (text === undefined || text === '') return summary
  return `${summary}\n\nThe latest message to you, as it is:\n${shortened(text, 4 * MAX_ENTRY)}`
}
