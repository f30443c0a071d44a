import { mergeMessagesUsage, messagesUsage } from './messages-usage.ts'
import { chatUsage, responsesUsage } from './openai-usage.ts'
import { textBytes } from './text-bytes.ts'
import { listOf, member } from './usage.ts'
import type { Usage } from './usage.ts'

/** The wire formats of model requests. */
export type Protocol = 'chat' | 'completions' | 'embeddings' | 'responses' | 'messages'

/** The tokens that an answer reports; undefined when it reports none. `answer`: the parsed body. */
export function usageOfAnswer(protocol: Protocol, answer: unknown): Usage | undefined {
  return usageOf(protocol, member(answer, 'usage'))
}

/** Bytes of the text that a model wrote, in an answer that is not a stream. */
export function textOfAnswer(protocol: Protocol, answer: unknown): number {
  if (protocol === 'embeddings') return 0
  if (protocol === 'responses') return textBytes(member(answer, 'output'))
  if (protocol === 'messages') return textBytes(member(answer, 'content'))
  return textBytes(member(answer, 'choices'))
}

/** The tokens of a `usage` member, or of several merged. */
export function usageOf(protocol: Protocol, usage: unknown): Usage | undefined {
  if (protocol === 'messages') return messagesUsage(usage)
  return protocol === 'responses' ? responsesUsage(usage) : chatUsage(usage)
}

/** What one event of a stream says. */
export interface EventFacts {
  /** The `usage` member as it came. */
  readonly usage?: unknown
  /** The usage is that of the start of the answer: its output is not final. */
  readonly isStart?: boolean
  /** Bytes of text that the model wrote. */
  readonly textBytes: number
  /** The model has finished; the end of the stream may follow later. */
  readonly isFinished: boolean
  /** Nothing follows it. */
  readonly isLast: boolean
  /** The provider reports an error. */
  readonly isError: boolean
  /** It holds the usage and nothing else. */
  readonly isUsageOnly: boolean
}

const PLAIN: EventFacts = {
  textBytes: 0,
  isFinished: false,
  isLast: false,
  isError: false,
  isUsageOnly: false,
}

/** Reads an event. `data`: the parsed JSON, or `[DONE]`. */
export function readEvent(protocol: Protocol, data: unknown): EventFacts {
  if (data === '[DONE]') return { ...PLAIN, isFinished: true, isLast: true }
  if (protocol === 'responses') return readResponsesEvent(data)
  if (protocol === 'messages') return readMessagesEvent(data)
  return readChatEvent(data)
}

function readChatEvent(data: unknown): EventFacts {
  const error = member(data, 'error')
  const choices = listOf(member(data, 'choices'))
  const usage = member(data, 'usage')
  const hasUsage = typeof usage === 'object' && usage !== null
  return {
    ...(hasUsage && { usage }),
    textBytes: textBytes(choices),
    isFinished: choices.some((choice) => typeof member(choice, 'finish_reason') === 'string'),
    isLast: false,
    isError: typeof error === 'string' || (typeof error === 'object' && error !== null),
    isUsageOnly: hasUsage && choices.length === 0,
  }
}

const RESPONSE_ENDS: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
])

function readResponsesEvent(data: unknown): EventFacts {
  const type = member(data, 'type')
  const isLast = RESPONSE_ENDS.has(type)
  const usage = isLast ? member(member(data, 'response'), 'usage') : undefined
  const delta = member(data, 'delta')
  return {
    ...(usage !== undefined && { usage }),
    textBytes: typeof delta === 'string' ? Buffer.byteLength(delta) : 0,
    isFinished: isLast,
    isLast,
    isError: type === 'error' || type === 'response.failed',
    isUsageOnly: false,
  }
}

function readMessagesEvent(data: unknown): EventFacts {
  const type = member(data, 'type')
  const isStart = type === 'message_start'
  const usage = member(isStart ? member(data, 'message') : data, 'usage')
  const delta = member(data, 'delta')
  return {
    ...(usage !== undefined && { usage, isStart }),
    textBytes: type === 'content_block_delta' ? textBytes(delta) : 0,
    isFinished: type === 'message_stop' || typeof member(delta, 'stop_reason') === 'string',
    isLast: type === 'message_stop',
    isError: type === 'error',
    isUsageOnly: false,
  }
}

/** Merges the `usage` members of the events of a stream. The last one counts; those of a message complete each other. */
export function mergeUsage(protocol: Protocol, former: unknown, next: unknown): unknown {
  return protocol === 'messages' ? mergeMessagesUsage(former, next) : next
}
