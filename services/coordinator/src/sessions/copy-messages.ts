import type { SessionToolCall } from '@alkdev/contracts/agents'
import { uuidv7 } from '@alkdev/std'
import { addMessages, messagePages } from '@alkdev/storage/sessions'
import type { Db } from '@alkdev/storage'
import type { MessageView, NewPart } from '@alkdev/storage/sessions'
import { toolCallView } from './session-views.ts'

/** The text that stands for a tool call in a session to which it does not belong. */
export function toolCallText(call: {
  readonly toolName: string
  readonly input?: unknown
  readonly status: string
  readonly output?: string | undefined
  readonly error?: { readonly code: string; readonly message: string } | undefined
}): string {
  const input = JSON.stringify(call.input ?? {})
  const result =
    call.output ?? (call.error === undefined ? '' : `${call.error.code}: ${call.error.message}`)
  return `[Tool call ${call.toolName} ${input}: ${call.status}]${result === '' ? '' : `\n${result}`}`
}

/**
 * A tool call of another session: its row belongs to the turn that made it. As JSON, the call as a reader and the model get it; its output is in the text. `data`: of the
 * part that is copied.
 */
function copiedCall(call: SessionToolCall, data: NewPart['data']): NewPart {
  const { output: _output, approvalId: _approvalId, ...copied } = call
  const { toolCallId: _id, ...sealed } = data
  const text = toolCallText(call)
  return { type: 'text', data: { ...sealed, text, copied: JSON.stringify(copied) } }
}

/** Bytes of the messages that are copied at a time. */
const PAGE_BYTES = 4 * 1024 * 1024

/**
 * Adds messages to a new session, page by page, with what the provider of the model wants back with their parts.
 */
export async function copyMessages(
  tx: Db,
  sessionId: string,
  ids: readonly string[],
  pageBytes = PAGE_BYTES,
): Promise<void> {
  for await (const page of messagePages(tx, ids, pageBytes)) await copyPage(tx, sessionId, page)
}

async function copyPage(tx: Db, sessionId: string, views: readonly MessageView[]): Promise<void> {
  const copies = views.map(({ message, parts, toolCalls }) => {
    const calls = new Map(toolCalls.map((call) => [call.id, call]))
    const copied = parts.flatMap(({ type, data }): NewPart[] => {
      if (type === 'step-finish') return []
      if (type !== 'tool-call') return [{ type, data }]
      const call = calls.get(String(data['toolCallId']))
      if (call === undefined) return []
      return [copiedCall(toolCallView(call), data)]
    })
    return {
      id: uuidv7(),
      role: message.role,
      ...(message.mode !== null && { mode: message.mode, delivery: 'answered' as const }),
      senderId: message.senderId,
      parts: copied,
    }
  })
  await addMessages(tx, sessionId, copies)
}
