import type { SessionToolCall } from '@alkdev/contracts/agents'
import { uuidv7 } from '@alkdev/std'
import { addMessages } from '@alkdev/storage/sessions'
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

/** A tool call of another session: a text for the model, and as JSON what a reader is shown instead. */
function copiedCall(call: SessionToolCall): NewPart {
  const { output: _output, approvalId: _approvalId, ...copied } = call
  return { type: 'text', data: { text: toolCallText(call), copied: JSON.stringify(copied) } }
}

/** Adds messages to a new session. Tool calls become text for the model: their rows belong to the turn that made them. */
export async function copyMessages(
  tx: Db,
  sessionId: string,
  views: readonly MessageView[],
): Promise<void> {
  const copies = views.map(({ message, parts, toolCalls }) => {
    const calls = new Map(toolCalls.map((call) => [call.id, call]))
    const copied = parts.flatMap(({ type, data }): NewPart[] => {
      if (type === 'step-finish') return []
      if (type !== 'tool-call') return [{ type, data }]
      const call = calls.get(String(data['toolCallId']))
      if (call === undefined) return []
      return [copiedCall(toolCallView(call))]
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
