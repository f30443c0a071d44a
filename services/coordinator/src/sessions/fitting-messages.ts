import type { SessionMessage } from '@alkdev/contracts/agents'
import type { MessageView } from '@alkdev/storage/sessions'
import { messageView } from './session-views.ts'

/** Characters that stay of a text or an output that does not fit. `sessions.output` gives outputs in whole. */
const SHORT = 1024

/** Messages as the operations give them. Long outputs and texts are shortened until all of them fit into an answer of `maxBytes`. */
export function fittingMessages(views: readonly MessageView[], maxBytes: number): SessionMessage[] {
  const whole = views.map((view) => messageView(view))
  let left = maxBytes / 2
  return whole.map((message) => {
    const bytes = Buffer.byteLength(JSON.stringify(message))
    left -= bytes
    return left >= 0 || bytes <= SHORT ? message : shortened(message)
  })
}

function shortened(message: SessionMessage): SessionMessage {
  return {
    ...message,
    parts: message.parts.map((part) => {
      if ('text' in part) return { ...part, text: cut(part.text) }
      if (part.type !== 'tool-call') return part
      const { input, output, ...call } = part.toolCall
      const text = typeof input === 'string' ? input : JSON.stringify(input ?? null)
      return {
        ...part,
        toolCall: {
          ...call,
          ...(input !== undefined && { input: text.length > SHORT ? cut(text) : input }),
          ...(output !== undefined && { output: cut(output) }),
        },
      }
    }),
  }
}

function cut(text: string): string {
  return text.length <= SHORT ? text : `${text.slice(0, SHORT).toWellFormed()}…`
}
