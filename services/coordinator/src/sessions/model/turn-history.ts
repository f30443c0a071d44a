import type { SessionToolCall } from '@alkdev/contracts/agents'
import type { SaidMessage, SaidToolCall } from '@alkdev/storage/sessions'
import { parseJson } from '@alkdev/std'
import type { AssistantContent, ModelMessage } from 'ai'
import { isSigned, itemOf, openSeal } from './part-seal.ts'
import type { PartSeal } from './part-seal.ts'
import { MAX_TOOL_CALL_DEPTH } from './tool-call-depth.ts'

/** Characters that the model gets of the output of a tool call. */
const SHOWN = 32_768
/** Tool calls whose outputs stay whole when the conversation is made shorter. */
const RECENT_CALLS = 6
const SHORT = 200
/** Steps in a row whose providers refused the reasoning before them: then none is sent until the next prompt. */
const MAX_REFUSALS = 2
/** What stands for a message of spaces and line breaks alone. */
const BLANK = '[A message without text.]'

export interface HistoryOptions {
  /** Characters that the conversation may have. Older outputs are replaced by a reference when it has more. */
  readonly maxCharacters: number
  /** What stands behind a summary. */
  readonly facts?: string
  /** Who is asked, as `makerOf` names it: what it sealed goes back to it. Default: nothing goes back. */
  readonly maker?: string
  /** The reasoning of earlier steps, and what else was sealed, is left out. */
  readonly withoutReasoning?: boolean
}

/**
 * The conversation for the model. It is legal whatever happened: each tool call has exactly one result, no message is empty, each call has an id of
 * its own, and reasoning is there only when its provider signed it and gets it back before what followed it. Outputs beyond a limit are cut; the model can read on
 * with `sessions.output`.
 */
export function modelHistory(
  said: readonly SaidMessage[],
  { maxCharacters, facts = '', maker, withoutReasoning = false }: HistoryOptions,
): ModelMessage[] {
  const views = withCopiedCalls(said)
  const calls = views.flatMap(({ toolCalls }) => toolCalls)
  const characters = views.reduce((sum, view) => sum + sizeOf(view), 0)
  const recent = new Set(calls.slice(-RECENT_CALLS).map(({ id }) => id))
  const shortens = characters > maxCharacters
  const refusedAt = views.findLastIndex((view) => wasRefused(view))
  return views.flatMap((view, at) =>
    messagesOf(view, {
      facts,
      maker: withoutReasoning || at < refusedAt ? undefined : maker,
      shownOf: (id) => (shortens && !recent.has(id) ? SHORT : SHOWN),
    }),
  )
}

/** What of the conversation goes back to its provider. */
export function sealsOf(history: readonly ModelMessage[]): object[] {
  return history.flatMap(({ role, content }) =>
    role === 'assistant' && typeof content !== 'string'
      ? content.flatMap((part) =>
          'providerOptions' in part && part.providerOptions !== undefined
            ? [part.providerOptions]
            : [],
        )
      : [],
  )
}

/** Whether the providers of the latest steps since the prompt refused the reasoning before them. */
export function isReasoningRefused(views: readonly SaidMessage[]): boolean {
  const from = views.findLastIndex(({ message }) => message.role === 'user')
  const steps = views.slice(from + 1).filter(({ message }) => message.role === 'assistant')
  return steps.length >= MAX_REFUSALS && steps.slice(-MAX_REFUSALS).every(wasRefused)
}

/** The step was made without the reasoning before it. */
function wasRefused({ parts }: SaidMessage): boolean {
  return parts.some(({ type, data }) => type === 'step-finish' && data['withoutReasoning'] != null)
}

/** Tool calls that were copied from another session are texts, which say what they were. */
function withCopiedCalls(views: readonly SaidMessage[]): SaidMessage[] {
  const seen = new Set<string>()
  return views.map((view) => {
    const copies = new Map<number, SaidToolCall>()
    for (const [at, { data }] of view.parts.entries()) {
      const call = copiedCall(data)
      if (call === undefined || seen.has(call.id) || view.message.role !== 'assistant') continue
      seen.add(call.id)
      copies.set(at, call)
    }
    if (copies.size === 0) return view
    const parts = view.parts.map((part, at) => {
      const call = copies.get(at)
      return call === undefined
        ? part
        : { type: 'tool-call' as const, data: { ...part.data, toolCallId: call.id } }
    })
    return { ...view, parts, toolCalls: [...view.toolCalls, ...copies.values()] }
  })
}

/** What `copyMessages` stored. The output is in the text, behind its first line. */
function copiedCall({ copied, text }: Readonly<Record<string, unknown>>): SaidToolCall | undefined {
  if (typeof copied !== 'string' || typeof text !== 'string') return undefined
  const call = parseJson(copied) as SessionToolCall
  const end = text.indexOf('\n')
  const isDone = call.status === 'done'
  return {
    id: call.toolCallId,
    toolName: call.toolName,
    status: call.status,
    input: JSON.stringify(call.input ?? {}),
    output: isDone && end >= 0 ? text.slice(end + 1) : null,
    outputBytes: isDone ? (call.outputBytes ?? null) : null,
    error: call.error === undefined ? null : JSON.stringify(call.error),
  }
}

/** Characters of a message as the model gets it. */
export function sizeOf({ parts, toolCalls }: SaidMessage): number {
  const texts = parts.reduce(
    (sum, { type, data }) =>
      sum + (type !== 'tool-call' && typeof data['text'] === 'string' ? data['text'].length : 0),
    0,
  )
  return toolCalls.reduce(
    (sum, { input, output }) => sum + input.length + Math.min(output?.length ?? 0, SHOWN),
    texts,
  )
}

interface MessageOptions {
  readonly facts: string
  readonly maker: string | undefined
  readonly shownOf: (toolCallId: string) => number
}

function messagesOf(view: SaidMessage, options: MessageOptions): ModelMessage[] {
  const { message, toolCalls } = view
  if (message.role !== 'assistant') {
    const text = view.parts.flatMap((part) => textOf(part, options.facts)).join('\n')
    if (text === '') return []
    // Anthropic refuses a text without a letter, and would refuse it in every later step too.
    return [{ role: 'user', content: text.trim() === '' ? BLANK : text }]
  }
  const content = contentOf(view, options)
  if (content.length === 0) return []
  if (toolCalls.length === 0) return [{ role: 'assistant', content }]
  const byId = new Map(toolCalls.map((call) => [call.id, call]))
  const asked = content.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : []))
  return [
    { role: 'assistant', content },
    {
      role: 'tool',
      content: asked.flatMap((id) => {
        const call = byId.get(id)
        if (call === undefined) return []
        return [
          {
            type: 'tool-result' as const,
            toolCallId: id,
            toolName: safeName(call.toolName),
            output: { type: 'text' as const, value: resultText(call, options.shownOf(id)) },
          },
        ]
      }),
    },
  ]
}

type Part = SaidMessage['parts'][number]
type Content = Exclude<AssistantContent, string>

/** The text of a part, if it is one. */
function textOf({ type, data }: Part, facts: string): string[] {
  const text = String(data['text'])
  if (type === 'compaction')
    return [`Summary of the conversation so far:\n${text}${facts === '' ? '' : `\n\n${facts}`}`]
  return type === 'text' ? [text] : []
}

/** The parts of a step in the order in which the model made them. */
function contentOf({ parts, toolCalls }: SaidMessage, { facts, maker }: MessageOptions): Content {
  const left = new Map(toolCalls.map((call) => [call.id, call]))
  const content: Content = []
  const signed = signedItems(parts, maker)
  for (const part of parts) {
    const { type, data } = part
    const seal = sealOf(part, maker)
    const sealed = seal !== undefined && { providerOptions: seal }
    if (type === 'tool-call') {
      const call = left.get(String(data['toolCallId']))
      if (call === undefined) continue
      left.delete(call.id)
      content.push({ ...toolCallPart(call), ...sealed })
    } else if (type === 'reasoning') {
      const isWhole = isSigned(seal) || signed.has(itemOf(seal) ?? '')
      if (isWhole && seal !== undefined)
        content.push({ type, text: String(data['text']), providerOptions: seal })
    } else {
      const [text = ''] = textOf(part, facts)
      const last = content.at(-1)
      // Anthropic refuses a text without a letter.
      if (text.trim() === '') continue
      if (last?.type === 'text' && last.providerOptions === undefined && seal === undefined)
        content[content.length - 1] = { type: 'text', text: `${last.text}\n${text}` }
      else content.push({ type: 'text', text, ...sealed })
    }
  }
  content.push(...[...left.values()].map((call) => toolCallPart(call)))
  // Providers refuse reasoning that nothing follows.
  while (content.at(-1)?.type === 'reasoning') content.pop()
  return content
}

function toolCallPart(call: SaidToolCall) {
  return {
    type: 'tool-call' as const,
    toolCallId: call.id,
    toolName: safeName(call.toolName),
    input: inputOf(call),
  }
}

/** What the maker of a part wants back with it, if it is the one that is asked. */
function sealOf({ data }: Part, maker: string | undefined): PartSeal | undefined {
  return maker !== undefined && data['maker'] === maker ? openSeal(data['seal']) : undefined
}

/** Items of reasoning in several parts, of which one has what is encrypted. */
function signedItems(parts: readonly Part[], maker: string | undefined): ReadonlySet<string> {
  const items = parts.flatMap((part) => {
    const seal = part.type === 'reasoning' ? sealOf(part, maker) : undefined
    return isSigned(seal) ? (itemOf(seal) ?? []) : []
  })
  return new Set(items)
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
