import type { SessionEvent, SessionMessage, SessionToolCall } from '@alkdev/contracts/agents'

/** What a watcher of a session shows, in order. */
export type Shown =
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  /** A message to the session. */
  | { readonly type: 'message'; readonly text: string }
  | { readonly type: 'note'; readonly text: string }
  /** A tool call that has ended. */
  | { readonly type: 'tool'; readonly toolCall: SessionToolCall }
  /** The tool calls that run now. */
  | { readonly type: 'running'; readonly toolCalls: readonly SessionToolCall[] }
  | { readonly type: 'ask'; readonly toolCall: SessionToolCall }
  | { readonly type: 'turn-started'; readonly turnId: string }
  | {
      readonly type: 'turn-ended'
      readonly turnId: string
      readonly reason: string
      readonly error: string | undefined
      readonly tokens: Tokens
    }
  | { readonly type: 'ended'; readonly status: string }

export interface Tokens {
  readonly input: number
  readonly output: number
}

/** Messages of a first snapshot that are shown. */
const HISTORY = 20
/** Ids that are remembered, so that nothing is shown twice. */
const MAX_KNOWN = 5000

const ENDED: ReadonlySet<string> = new Set(['done', 'failed', 'denied', 'unknown', 'cancelled'])
const ASKED = 'Waits for an answer about the session itself: `alkhub inbox` has the question.'

/**
 * Turns the events of a session into what is shown. Each text is shown once, also when the stream was cut and continues with a snapshot: what came
 * before as deltas is compared with the message that replaces them.
 */
export class Transcript {
  #hasSnapshot = false
  readonly #history: number
  readonly #messages = new Set<string>()
  readonly #toolCalls = new Map<string, string>()
  readonly #open = new Map<string, SessionToolCall>()
  /** The text of the step that runs, as far as it is shown. */
  #step: { readonly id: string; text: string } | undefined
  #tokens: Tokens = { input: 0, output: 0 }
  #status: string | undefined

  /** `history`: how many messages of the first snapshot are shown; default 20. */
  constructor(history = HISTORY) {
    this.#history = history
  }

  /** A message that the caller sent itself, and that is on the screen. */
  know(messageId: string): void {
    this.#remember(messageId)
  }

  /** What the event adds. */
  apply(event: SessionEvent): Shown[] {
    switch (event.type) {
      case 'snapshot':
        return this.#snapshot(event)
      case 'session.changed':
        return this.#changed(event)
      case 'session.ended':
        return [{ type: 'ended', status: event.status ?? 'archived' }]
      case 'message.accepted':
        return event.message ? this.#message(event.message) : []
      case 'message.added':
        return event.message ? this.#message(event.message, event.stepId) : []
      case 'message.refused':
        return [{ type: 'note', text: `The message was refused: ${event.reason ?? ''}.` }]
      case 'messages.reverted':
        return [{ type: 'note', text: 'The conversation was reverted to an earlier message.' }]
      case 'messages.restored':
        return [{ type: 'note', text: 'The revert was undone.' }]
      case 'turn.started':
        this.#tokens = { input: 0, output: 0 }
        return [{ type: 'turn-started', turnId: event.turnId ?? '' }]
      case 'turn.ended':
        return this.#turnEnded(event)
      case 'step.started':
        this.#step = { id: event.stepId ?? '', text: '' }
        return []
      case 'step.delta':
        return this.#delta(event)
      case 'step.reset':
        return this.#reset(event)
      case 'tool.changed':
        return event.toolCall ? this.#tool(event.toolCall) : []
      default:
        return []
    }
  }

  #snapshot({ session, messages = [], running }: SessionEvent): Shown[] {
    const isFirst = !this.#hasSnapshot
    this.#hasSnapshot = true
    const from = isFirst ? Math.max(0, messages.length - this.#history) : 0
    for (const { messageId } of messages.slice(0, from)) this.#remember(messageId)
    const shown = messages.slice(from).flatMap((message) => this.#message(message))
    this.#status = session?.waitingOn
    if (session?.turnId !== undefined) shown.push({ type: 'turn-started', turnId: session.turnId })
    else if (isFirst && session?.status !== 'queued' && hasFailed(session?.endReason))
      shown.push({ type: 'note', text: `The last turn ended: ${endText(session)}.` })
    if (running === undefined) return shown
    if (this.#step?.id !== running.stepId) this.#step = { id: running.stepId, text: '' }
    return [...shown, ...this.#rest(this.#step.text, running.text)]
  }

  #changed({ session }: SessionEvent): Shown[] {
    const waitingOn = session?.status === 'waiting' ? session.waitingOn : undefined
    if (waitingOn === this.#status) return []
    this.#status = waitingOn
    if (waitingOn === undefined) return []
    if (waitingOn === 'approval') return this.#isAsked() ? [] : [{ type: 'note', text: ASKED }]
    return [{ type: 'note', text: `Waits for: ${waitingOn}.` }]
  }

  /** A tool call that is shown waits for the approval. */
  #isAsked(): boolean {
    return [...this.#open.values()].some(
      ({ status, approvalId }) => status === 'waiting' && approvalId !== undefined,
    )
  }

  #message(message: SessionMessage, stepId?: string): Shown[] {
    if (message.revertedAt !== undefined) return []
    const isKnown = this.#messages.has(message.messageId)
    this.#remember(message.messageId)
    const tools = message.parts.flatMap((part) =>
      part.type === 'tool-call' ? this.#tool(part.toolCall) : [],
    )
    if (isKnown) return tools
    const text = message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
    if (message.role === 'user') return [{ type: 'message', text }, ...tools]
    if (message.role !== 'assistant') return tools
    for (const part of message.parts)
      if (part.type === 'step-finish')
        this.#tokens = {
          input: this.#tokens.input + (part.inputTokens ?? 0),
          output: this.#tokens.output + (part.outputTokens ?? 0),
        }
    const isStep = this.#isOfStep(text, stepId)
    const before = isStep ? (this.#step?.text ?? '') : ''
    if (isStep) this.#step = undefined
    const compacted = message.parts.some((part) => part.type === 'compaction')
    const note: Shown[] = compacted
      ? [{ type: 'note', text: 'Earlier messages were replaced by a summary.' }]
      : []
    return [...note, ...this.#rest(before, text), ...tools]
  }

  /** Whether a message is what became of the step that is shown. A snapshot does not say so; then the beginning of the text does. */
  #isOfStep(text: string, stepId: string | undefined): boolean {
    if (this.#step === undefined) return false
    if (stepId !== undefined) return this.#step.id === stepId
    return this.#step.text !== '' && text.startsWith(this.#step.text)
  }

  /** What is missing of a text of which a beginning is shown. */
  #rest(before: string, text: string): Shown[] {
    if (this.#step) this.#step.text = text
    if (text === before) return []
    if (text.startsWith(before)) return [{ type: 'text', text: text.slice(before.length) }]
    return [
      { type: 'note', text: 'The answer is:' },
      { type: 'text', text },
    ]
  }

  #delta({ stepId, kind, text = '' }: SessionEvent): Shown[] {
    if (kind === 'reasoning') return [{ type: 'reasoning', text }]
    if (kind !== 'text') return []
    const before = this.#step !== undefined && this.#step.id === stepId ? this.#step.text : ''
    this.#step = { id: stepId ?? '', text: before + text }
    return [{ type: 'text', text }]
  }

  #reset({ stepId, reason }: SessionEvent): Shown[] {
    const { id, text } = this.#step ?? {}
    if (this.#step && id === stepId) this.#step.text = ''
    if (id !== stepId || text === '') return []
    return [{ type: 'note', text: `The text above was dropped (${reason ?? 'lost'}).` }]
  }

  #tool(toolCall: SessionToolCall): Shown[] {
    const { toolCallId, status } = toolCall
    const before = this.#toolCalls.get(toolCallId)
    if (before === status || (before !== undefined && ENDED.has(before))) return []
    this.#toolCalls.set(toolCallId, status)
    forget(this.#toolCalls)
    if (ENDED.has(status)) this.#open.delete(toolCallId)
    else this.#open.set(toolCallId, toolCall)
    const dispatched = [...this.#open.values()].filter((one) => one.status === 'dispatched')
    const running: Shown = { type: 'running', toolCalls: dispatched }
    if (ENDED.has(status)) return [running, { type: 'tool', toolCall }]
    if (status === 'waiting' && toolCall.approvalId !== undefined)
      return [running, { type: 'ask', toolCall }]
    return [running]
  }

  #turnEnded({ turnId = '', reason = '', error }: SessionEvent): Shown[] {
    this.#open.clear()
    this.#step = undefined
    const tokens = this.#tokens
    this.#tokens = { input: 0, output: 0 }
    return [
      { type: 'running', toolCalls: [] },
      { type: 'turn-ended', turnId, reason, error: error?.message, tokens },
    ]
  }

  #remember(messageId: string): void {
    this.#messages.add(messageId)
    forget(this.#messages)
  }
}

/** Keeps the number of remembered ids bounded; the oldest are forgotten first. */
function forget(known: Set<string> | Map<string, string>): void {
  if (known.size <= MAX_KNOWN) return
  const [oldest] = known.keys()
  if (oldest !== undefined) known.delete(oldest)
}

function endText(session: SessionEvent['session']): string {
  const { endReason = '', endError } = session ?? {}
  return endError === undefined
    ? endReason
    : `${endReason} (${endError.message.replace(/\.$/, '')})`
}

function hasFailed(endReason: string | undefined): boolean {
  return endReason !== undefined && endReason !== 'completed'
}
