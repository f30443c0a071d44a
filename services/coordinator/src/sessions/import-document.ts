import { CallError } from '@alkdev/operations'
import { storableText } from '@alkdev/std'
import type { NewPart } from '@alkdev/storage/sessions'
import { toolCallText } from './copy-messages.ts'

/** A message of a document, as it is stored. */
export interface ImportedMessage {
  readonly role: 'user' | 'assistant' | 'system'
  readonly parts: readonly NewPart[]
}

export interface ImportedDocument {
  readonly title: string | undefined
  readonly model: string | undefined
  readonly instructions: string | undefined
  readonly messages: readonly ImportedMessage[]
  /** What was left out. */
  readonly notMapped: readonly { readonly at: string; readonly what: string }[]
}

const MAX_MESSAGES = 10_000
const MAX_NOT_MAPPED = 200
const MAX_NAME = 256
/** Characters, as where a session is created. */
const MAX_INSTRUCTIONS = 262_144

type Json = Readonly<Record<string, unknown>>

/**
 * Reads a document of `sessions.export`, or the JSON of `opencode export` (`{info, messages: [{info, parts}]}`). Never throws for a part that it
 * does not know; VALIDATION_ERROR for a document of neither form.
 */
export function importDocument(document: unknown): ImportedDocument {
  const root = objectOf(document)
  const list = root?.['messages']
  if (root === undefined || !Array.isArray(list) || list.length > MAX_MESSAGES)
    throw new CallError('VALIDATION_ERROR', 'The document is no exported session.', {
      errors: [
        { path: '/document', message: `must have a list \`messages\` of at most ${MAX_MESSAGES}` },
      ],
    })
  const isOwn = root['format'] === 'alkhub.session.v1'
  const info = objectOf(isOwn ? root['session'] : root['info'])
  const notMapped: { at: string; what: string }[] = []
  const skip = (at: string, what: string): void => {
    if (notMapped.length < MAX_NOT_MAPPED) notMapped.push({ at, what: what.slice(0, MAX_NAME) })
  }
  const messages = list.flatMap((one: unknown, at): ImportedMessage[] => {
    const path = `/messages/${at}`
    const message = objectOf(one)
    const role = roleOf(message?.['role'] ?? objectOf(message?.['info'])?.['role'])
    const found = message?.['parts']
    if (role === undefined || !Array.isArray(found)) {
      skip(path, 'a message without a known role or without parts')
      return []
    }
    const parts = found.flatMap((part: unknown, nr) => partOf(part, `${path}/parts/${nr}`, skip))
    return parts.length === 0 ? [] : [{ role, parts }]
  })
  const instructions = isOwn ? textOf(info?.['instructions']) : undefined
  const isLong = instructions !== undefined && instructions.length > MAX_INSTRUCTIONS
  if (isLong) skip('/session/instructions', `instructions of ${instructions.length} characters`)
  return {
    title: textOf(info?.['title'])?.slice(0, MAX_NAME),
    model: isOwn ? textOf(info?.['model'])?.slice(0, MAX_NAME) : undefined,
    instructions: isLong ? undefined : instructions,
    messages,
    notMapped,
  }
}

function partOf(part: unknown, at: string, skip: (at: string, what: string) => void): NewPart[] {
  const value = objectOf(part)
  const type = value?.['type']
  const text = textOf(value?.['text'])
  if ((type === 'text' || type === 'reasoning' || type === 'compaction') && text !== undefined)
    return text === '' ? [] : [{ type, data: { text } }]
  if (type === 'tool-call') {
    const call = objectOf(value?.['toolCall'])
    const error = objectOf(call?.['error'])
    return asText({
      toolName: textOf(call?.['toolName']) ?? 'unknown',
      input: call?.['input'],
      status: textOf(call?.['status']) ?? 'unknown',
      output: textOf(call?.['output']),
      ...(error !== undefined && {
        error: {
          code: textOf(error['code']) ?? 'UNKNOWN_ERROR',
          message: textOf(error['message']) ?? '',
        },
      }),
    })
  }
  if (type === 'tool') {
    const state = objectOf(value?.['state'])
    return asText({
      toolName: textOf(value?.['tool']) ?? 'unknown',
      input: state?.['input'],
      status: textOf(state?.['status']) ?? 'unknown',
      output: textOf(state?.['output']) ?? textOf(state?.['error']),
    })
  }
  if (type !== 'step-start' && type !== 'step-finish')
    skip(at, `a part of the type ${textOf(type) ?? 'unknown'}`)
  return []
}

function asText(call: Parameters<typeof toolCallText>[0]): NewPart[] {
  return [{ type: 'text', data: { text: storableText(toolCallText(call)) } }]
}

function roleOf(role: unknown): ImportedMessage['role'] | undefined {
  return role === 'user' || role === 'assistant' || role === 'system' ? role : undefined
}

function objectOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? storableText(value) : undefined
}
