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
    return left >= 0 || bytes <= SHORT ? message : shortened(message, SHORT)
  })
}

/** A message of at most `maxBytes` as JSON, whose longest texts and outputs are cut where that is needed; undefined when its parts alone are more. */
export function fittingMessage(
  message: SessionMessage,
  maxBytes: number,
): { readonly message: SessionMessage; readonly isShortened: boolean } | undefined {
  const fits = (one: SessionMessage): boolean => Buffer.byteLength(JSON.stringify(one)) <= maxBytes
  if (fits(message)) return { message, isShortened: false }
  for (let most = maxBytes; most >= 16; most = Math.floor(most / 2)) {
    const cutTo = shortened(message, most)
    if (fits(cutTo)) return { message: cutTo, isShortened: true }
  }
  return undefined
}

/** Texts and outputs have at most `most` characters. */
function shortened(message: SessionMessage, most: number): SessionMessage {
  return {
    ...message,
    parts: message.parts.map((part) => {
      if ('text' in part) return { ...part, text: cut(part.text, most) }
      if (part.type !== 'tool-call') return part
      const { input, output, ...call } = part.toolCall
      const text = typeof input === 'string' ? input : JSON.stringify(input ?? null)
      return {
        ...part,
        toolCall: {
          ...call,
          ...(input !== undefined && { input: text.length > most ? cut(text, most) : input }),
          ...(output !== undefined && { output: cut(output, most) }),
        },
      }
    }),
  }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most).toWellFormed()}…`
}
