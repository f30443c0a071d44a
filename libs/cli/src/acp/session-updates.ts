import type { SessionUpdate, ToolCallStatus, ToolKind } from '@agentclientprotocol/sdk/unstable'
import type { SessionToolCall } from '@alkdev/contracts/agents'
import { compact } from '@alkdev/std'
import { calledBy } from '../sessions/tool-text.ts'
import type { Shown } from '../sessions/transcript.ts'

/** Turns what a session shows into updates of the protocol. A tool call is announced once, and updated afterwards. */
export class SessionUpdates {
  readonly #announced = new Map<string, ToolCallStatus>()

  of(shown: Shown): SessionUpdate[] {
    switch (shown.type) {
      case 'text':
        return [chunk('agent_message_chunk', shown.text)]
      case 'reasoning':
      case 'note':
        return [chunk('agent_thought_chunk', shown.text)]
      case 'message':
        return [chunk('user_message_chunk', shown.text)]
      case 'tool':
        return this.#tool(shown.toolCall)
      case 'ask':
        return this.#tool(shown.toolCall)
      case 'running':
        return shown.toolCalls.flatMap((toolCall) => this.#tool(toolCall))
      default:
        return []
    }
  }

  #tool(toolCall: SessionToolCall): SessionUpdate[] {
    const status = statusOf(toolCall)
    const known = this.#announced.get(toolCall.toolCallId)
    if (known === status) return []
    this.#announced.set(toolCall.toolCallId, status)
    const result = resultOf(toolCall)
    const content =
      result === undefined
        ? undefined
        : [{ type: 'content' as const, content: { type: 'text' as const, text: result } }]
    const changed = { toolCallId: toolCall.toolCallId, status, ...compact({ content }) }
    if (known !== undefined) return [{ sessionUpdate: 'tool_call_update', ...changed }]
    return [{ sessionUpdate: 'tool_call', ...toolOf(toolCall), ...changed }]
  }
}

/** The call as the editor shows it, also in a question. */
export function toolOf(toolCall: SessionToolCall) {
  const { name, input } = calledBy(toolCall)
  return {
    toolCallId: toolCall.toolCallId,
    title: name,
    kind: kindOf(name),
    rawInput: input,
  }
}

function chunk(
  sessionUpdate: 'agent_message_chunk' | 'agent_thought_chunk' | 'user_message_chunk',
  text: string,
): SessionUpdate {
  return { sessionUpdate, content: { type: 'text', text } }
}

function statusOf({ status }: SessionToolCall): ToolCallStatus {
  switch (status) {
    case 'planned':
    case 'waiting':
      return 'pending'
    case 'dispatched':
      return 'in_progress'
    case 'done':
      return 'completed'
    default:
      return 'failed'
  }
}

function resultOf({ error, output, status }: SessionToolCall): string | undefined {
  if (error !== undefined) return `${error.code}: ${error.message}`
  return status === 'done' ? output : undefined
}

const KINDS: readonly (readonly [RegExp, ToolKind])[] = [
  [/^(list|schema|search)$|\.(search|grep|glob|find|list)$/, 'search'],
  [/\.(read|get|status|diff|log|show)$/, 'read'],
  [/\.(write|edit|update|create)$/, 'edit'],
  [/\.(delete|remove)$/, 'delete'],
  [/\.(run|exec|kill|commit)$/, 'execute'],
]

function kindOf(name: string): ToolKind {
  return KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'other'
}
