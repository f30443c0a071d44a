import type { SessionEvent, SessionMessage, SessionToolCall } from '@alkdev/contracts/agents'
import { parseJson } from '@alkdev/std'

/** A chunk of the AI SDK's UI message stream; the members depend on the type. */
export type UiChunk = { readonly type: string } & Readonly<Record<string, unknown>>

/**
 * Makes the chunks of the AI SDK's UI message stream for one turn from the events of its session. The steps of the turn are one message of the
 * assistant.
 */
export class UiChunks {
  readonly turnId: string
  #stepId: string | undefined
  /** The text and the reasoning that are open, by the id of their part. */
  #open = new Map<'text' | 'reasoning', string>()
  #said = { text: '', reasoning: '' }
  #hasStarted = false
  #part = 0
  readonly #tools = new Map<string, string>()

  constructor(turnId: string) {
    this.turnId = turnId
  }

  /** Starts the message. */
  start(): UiChunk[] {
    this.#hasStarted = true
    return [{ type: 'start', messageId: this.turnId }]
  }

  /** The chunks of an event; `isEnd`: the turn is over. */
  of(event: SessionEvent): { readonly chunks: readonly UiChunk[]; readonly isEnd: boolean } {
    const before = this.#hasStarted ? [] : this.start()
    const isOurs = event.turnId === undefined || event.turnId === this.turnId
    if (!isOurs) return { chunks: before, isEnd: false }
    const chunks = [...before, ...this.#chunksOf(event)]
    return { chunks, isEnd: event.type === 'turn.ended' }
  }

  /** A step that runs already, from a snapshot. */
  resume(messages: readonly SessionMessage[], running: SessionEvent['running']): UiChunk[] {
    const chunks = this.#hasStarted ? [] : this.start()
    for (const message of messages)
      if (message.turnId === this.turnId && message.role === 'assistant')
        chunks.push({ type: 'start-step' }, ...this.#message(message), { type: 'finish-step' })
    if (running?.turnId === this.turnId) {
      this.#stepId = running.stepId
      chunks.push({ type: 'start-step' })
      if (running.reasoning !== '') chunks.push(...this.#delta('reasoning', running.reasoning))
      if (running.text !== '') chunks.push(...this.#delta('text', running.text))
    }
    return chunks
  }

  #chunksOf(event: SessionEvent): UiChunk[] {
    const { type, stepId, kind, text = '' } = event
    switch (type) {
      case 'step.started':
        this.#stepId = stepId
        this.#said = { text: '', reasoning: '' }
        return [{ type: 'start-step' }]
      case 'step.delta':
        return stepId === this.#stepId && (kind === 'text' || kind === 'reasoning')
          ? this.#delta(kind, text)
          : []
      case 'step.reset':
        if (stepId !== this.#stepId) return []
        this.#open.clear()
        this.#said = { text: '', reasoning: '' }
        return [{ type: 'reset-step' }]
      case 'message.added': {
        const { message } = event
        if (message === undefined || message.turnId !== this.turnId) return []
        return [...this.#message(message), { type: 'finish-step' }]
      }
      case 'tool.changed':
        return event.toolCall === undefined ? [] : this.#tool(event.toolCall)
      case 'turn.ended':
        return [
          ...this.#close(),
          ...(event.reason === 'completed'
            ? []
            : event.reason === 'user-stop'
              ? [{ type: 'abort' }]
              : [{ type: 'error', errorText: event.error?.message ?? String(event.reason) }]),
          { type: 'finish' },
        ]
      default:
        return []
    }
  }

  #delta(kind: 'text' | 'reasoning', delta: string): UiChunk[] {
    this.#said[kind] += delta
    const known = this.#open.get(kind)
    if (known !== undefined) return [{ type: `${kind}-delta`, id: known, delta }]
    const id = `${kind}-${++this.#part}`
    this.#open.set(kind, id)
    return [
      { type: `${kind}-start`, id },
      { type: `${kind}-delta`, id, delta },
    ]
  }

  #close(): UiChunk[] {
    const chunks = [...this.#open].map(([kind, id]) => ({ type: `${kind}-end`, id }))
    this.#open.clear()
    return chunks
  }

  /** What the deltas did not say yet, and the tool calls. */
  #message({ parts }: SessionMessage): UiChunk[] {
    const chunks: UiChunk[] = []
    const texts = { reasoning: '', text: '' }
    for (const part of parts)
      if (part.type === 'text' || part.type === 'reasoning') texts[part.type] += part.text
    for (const kind of ['reasoning', 'text'] as const) {
      const said = this.#said[kind]
      const rest = texts[kind].startsWith(said) ? texts[kind].slice(said.length) : ''
      if (rest !== '') chunks.push(...this.#delta(kind, rest))
    }
    chunks.push(...this.#close())
    this.#said = { text: '', reasoning: '' }
    for (const part of parts)
      if (part.type === 'tool-call') chunks.push(...this.#tool(part.toolCall))
    return chunks
  }

  #tool(call: SessionToolCall): UiChunk[] {
    const { toolCallId, toolName, input, status } = call
    const known = this.#tools.get(toolCallId)
    if (known === status) return []
    this.#tools.set(toolCallId, status)
    const chunks: UiChunk[] =
      known === undefined
        ? [
            {
              type: 'tool-input-available',
              toolCallId,
              toolName,
              input: input ?? {},
              dynamic: true,
            },
          ]
        : []
    if (status === 'waiting' && call.approvalId !== undefined)
      chunks.push({ type: 'tool-approval-request', approvalId: call.approvalId, toolCallId })
    else if (status === 'done')
      chunks.push({
        type: 'tool-output-available',
        toolCallId,
        output: parsed(call.output),
        dynamic: true,
      })
    else if (status === 'denied' && known === 'waiting')
      chunks.push({ type: 'tool-output-denied', toolCallId })
    else if (
      status === 'denied' ||
      status === 'failed' ||
      status === 'unknown' ||
      status === 'cancelled'
    )
      chunks.push({
        type: 'tool-output-error',
        toolCallId,
        errorText: call.error?.message ?? status,
        dynamic: true,
      })
    return chunks
  }
}

function parsed(output: string | undefined): unknown {
  try {
    return parseJson(output ?? 'null')
  } catch {
    // Only its beginning is here, or it is too deep.
    return output
  }
}
