import type { SaidMessage, SaidToolCall } from '@alkdev/storage/sessions'
import { parseJson } from '@alkdev/std'
import type { ModelMessage } from 'ai'
import { MAX_TOOL_CALL_DEPTH } from './tool-call-depth.ts'

/** Characters that the model gets of the output of a tool call. */
const SHOWN = 32_768
/** Tool calls whose outputs stay whole when the conversation is made shorter. */
const RECENT_CALLS = 6
const SHORT = 200

export interface HistoryOptions {
  /** Characters that the conversation may have. Older outputs are replaced by a reference when it has more. */
  readonly maxCharacters: number
  /** What stands behind a summary. */
  readonly facts?: string
}

/**
 * The conversation for the model. It is legal whatever happened: each tool call has exactly one result, no message is empty, and each call has an id of
 * its own. Outputs beyond a limit are cut; the model can read on with `sessions.output`.
 */
export function modelHistory(
  views: readonly SaidMessage[],
  { maxCharacters, facts = '' }: HistoryOptions,
): ModelMessage[] {
  const calls = views.flatMap(({ toolCalls }) => toolCalls)
  const characters = views.reduce((sum, view) => sum + sizeOf(view), 0)
  const recent = new Set(calls.slice(-RECENT_CALLS).map(({ id }) => id))
  const shortens = characters > maxCharacters
  return views.flatMap((view) =>
    messagesOf(view, facts, (id) => (shortens && !recent.has(id) ? SHORT : SHOWN)),
  )
}

/** Characters of a message as the model gets it. */
export function sizeOf({ parts, toolCalls }: SaidMessage): number {
  const texts = parts.reduce(
    (sum, { data }) => sum + (typeof data['text'] === 'string' ? data['text'].length : 0),
    0,
  )
  return toolCalls.reduce(
    (sum, { input, output }) => sum + input.length + Math.min(output?.length ?? 0, SHOWN),
    texts,
  )
}

function messagesOf(
  { message, parts, toolCalls }: SaidMessage,
  facts: string,
  shownOf: (toolCallId: string) => number,
): ModelMessage[] {
  const text = parts
    .filter(({ type }) => type === 'text' || type === 'compaction')
    .map(({ type, data }) =>
      type === 'compaction'
        ? `Summary of the conversation so far:\n${String(data['text'])}${facts === '' ? '' : `\n\n${facts}`}`
        : String(data['text']),
    )
    .join('\n')
  if (message.role !== 'assistant') return text === '' ? [] : [{ role: 'user', content: text }]
  const content = [
    ...(text === '' ? [] : [{ type: 'text' as const, text }]),
    ...toolCalls.map((call) => ({
      type: 'tool-call' as const,
      toolCallId: call.id,
      toolName: safeName(call.toolName),
      input: inputOf(call),
    })),
  ]
  if (content.length === 0) return []
  if (toolCalls.length === 0) return [{ role: 'assistant', content }]
  return [
    { role: 'assistant', content },
    {
      role: 'tool',
      content: toolCalls.map((call) => ({
        type: 'tool-result' as const,
        toolCallId: call.id,
        toolName: safeName(call.toolName),
        output: { type: 'text' as const, value: resultText(call, shownOf(call.id)) },
      })),
    },
  ]
}

/** The result of a tool call as the model gets it. */
export function resultText(call: SaidToolCall, shown: number): string {
  const { status, error, output, outputBytes } = call
  const failure =
    error === null ? undefined : (JSON.parse(error) as { code: string; message: string })
  switch (status) {
    case 'done': {
      if (output === null) return 'The call completed. Its output is not kept.'
      const characters = outputBytes ?? output.length
      if (output.length <= shown && characters <= Math.max(shown, output.length)) return output
      return `${output.slice(0, shown).toWellFormed()}\n[${characters} bytes in all; sessions.output {"toolCallId": "${call.id}", "offset": ${shown}} gives the rest.]`
    }
    case 'unknown':
      return 'The outcome of this call is unknown: it may have run. Check the state before it is repeated.'
    case 'denied':
      return `Refused: ${failure?.message ?? 'the rules of the role do not allow this call.'}`
    case 'cancelled':
      return 'Cancelled: the turn ended before this call had a result.'
    case 'failed':
      return `Error ${failure?.code ?? 'UNKNOWN_ERROR'}: ${failure?.message ?? 'the call failed.'}${detailsOf(error)}`
    default:
      return 'This call has no result: it was lost.'
  }
}

function detailsOf(error: string | null): string {
  if (error === null) return ''
  const { details } = JSON.parse(error) as { details?: unknown }
  if (details === undefined) return ''
  return `\n${JSON.stringify(details).slice(0, 4000)}`
}

/** The names that every provider takes. */
export function safeName(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64)
  return safe === '' ? 'unknown' : safe
}

/** An object, whatever the model wrote. */
function inputOf({ input }: SaidToolCall): Record<string, unknown> {
  try {
    const value = parseJson(input, MAX_TOOL_CALL_DEPTH)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
    return { value }
  } catch {
    return { text: input }
  }
}
