import { CallError } from '@alkdev/operations'

/** Answers of one message at most: a step of a model asks for no more calls. */
const MAX_ANSWERS = 64

/** What a client of `useChat` sends with its last message: the text of the user, or the answers to approvals that a message of the assistant has. */
export interface Chat {
  readonly text: string
  /** The id that the client gave the message; undefined when it asks for another answer to it. */
  readonly messageId?: string
  readonly answers: readonly {
    readonly approvalId: string
    readonly decision: 'allow' | 'deny'
    readonly answer?: string
  }[]
}

type Json = Readonly<Record<string, unknown>>

/** Reads what `DefaultChatTransport` of the AI SDK sends, whatever a body has. Throws VALIDATION_ERROR for one with neither text nor answers. */
export function readChat(body: unknown): Chat {
  const { message, messages, trigger } = objectOf(body)
  const last = objectOf(message ?? (Array.isArray(messages) ? messages.at(-1) : undefined))
  const parts = Array.isArray(last['parts']) ? last['parts'].map((part) => objectOf(part)) : []
  const answers = last['role'] === 'assistant' ? parts.flatMap((part) => answerOf(part)) : []
  if (answers.length > MAX_ANSWERS)
    throw new CallError('VALIDATION_ERROR', `A message answers at most ${MAX_ANSWERS} approvals.`)
  const text = last['role'] === 'user' ? textOf(parts) : ''
  if (text === '' && answers.length === 0)
    throw new CallError('VALIDATION_ERROR', 'The last message must be of the user and have text.')
  const { id } = last
  const isNew = typeof id === 'string' && id !== '' && trigger !== 'regenerate-message'
  return { text, answers, ...(isNew && { messageId: id }) }
}

function textOf(parts: readonly Json[]): string {
  return parts
    .map(({ type, text }) => (type === 'text' && typeof text === 'string' ? text : ''))
    .join('\n')
    .trim()
}

function answerOf({ state, approval }: Json): Chat['answers'] {
  const { id, approved, reason } = objectOf(approval)
  if (state !== 'approval-responded' || typeof id !== 'string') return []
  return [
    {
      approvalId: id,
      decision: approved === true ? 'allow' : 'deny',
      ...(typeof reason === 'string' && reason !== '' && { answer: reason }),
    },
  ]
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}
