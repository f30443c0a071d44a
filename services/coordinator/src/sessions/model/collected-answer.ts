import { isNestedDeeper } from '@alkdev/std'
import { isSigned, sealText } from './part-seal.ts'
import type { PartSeal } from './part-seal.ts'
import { StepFailure } from './step-failure.ts'
import { MAX_TOOL_CALL_DEPTH } from './tool-call-depth.ts'

/** Bytes of text, reasoning, inputs and metadata of one step, and tool calls of it. */
const MAX_STEP_BYTES = 1024 * 1024
const MAX_TOOL_CALLS = 64
/** Parts of one step beside its tool calls. */
const MAX_PARTS = 1000
/** How Anthropic says that the answer does not fit into the window any more. */
const WINDOW_FULL = 'model_context_window_exceeded'

export type ModelDelta =
  | { readonly kind: 'text' | 'reasoning'; readonly text: string }
  | {
      readonly kind: 'tool-input'
      readonly text: string
      readonly modelCallId: string
      readonly toolName: string
    }

export interface ModelToolCall {
  readonly modelCallId: string
  readonly toolName: string
  /** The parsed input; the text itself when it is not valid JSON. */
  readonly input: unknown
  /** Why the call cannot be made: the tool is not there, or its input is not valid JSON. */
  readonly fault?: string | undefined
}

/** A part of an answer. `seal`: what its provider wants back with it, as `sealText` makes it. */
export type ModelPart =
  | {
      readonly kind: 'text' | 'reasoning'
      readonly text: string
      readonly seal?: string | undefined
    }
  | {
      readonly kind: 'tool-call'
      readonly call: ModelToolCall
      readonly seal?: string | undefined
    }

/** What a model gave. */
export interface ModelAnswer {
  /** In the order in which the model began them. */
  readonly parts: readonly ModelPart[]
  readonly finishReason: string
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  readonly cachedTokens: number | undefined
}

/** The members of the parts of the stream that are read. */
export interface StreamPart {
  readonly type: string
  readonly text?: string
  readonly delta?: string
  readonly id?: string
  readonly toolName?: string
  readonly toolCallId?: string
  readonly input?: unknown
  readonly invalid?: boolean
  readonly error?: unknown
  readonly finishReason?: string
  readonly rawFinishReason?: string
  readonly providerMetadata?: PartSeal
  readonly usage?: {
    readonly inputTokens?: number
    readonly outputTokens?: number
    readonly inputTokenDetails?: { readonly cacheReadTokens?: number }
  }
}

interface OpenText {
  readonly kind: 'text' | 'reasoning'
  text: string
  metadata: PartSeal | undefined
}

interface OpenCall {
  readonly kind: 'tool-call'
  readonly call: ModelToolCall
  readonly metadata: PartSeal | undefined
}

/** Collects the parts of the stream of a step. */
export class CollectedAnswer {
  readonly #onDelta: (delta: ModelDelta) => void
  readonly #names = new Map<string, string>()
  readonly #parts: (OpenText | OpenCall)[] = []
  readonly #texts = new Map<string, OpenText>()
  #calls = 0
  #bytes = 0
  #finish: StreamPart | undefined

  constructor(onDelta: (delta: ModelDelta) => void) {
    this.#onDelta = onDelta
  }

  /** True when the part is from the model. Throws StepFailure for an answer that is too large. */
  add(part: StreamPart): boolean {
    switch (part.type) {
      case 'text-start':
      case 'text-end':
        this.#text('text', part)
        return false
      case 'reasoning-start':
      case 'reasoning-end':
        this.#text('reasoning', part)
        return part.type === 'reasoning-start'
      case 'text-delta':
      case 'reasoning-delta': {
        const text = part.text ?? ''
        this.#count(text)
        const kind = part.type === 'text-delta' ? 'text' : 'reasoning'
        this.#text(kind, part).text += text
        if (text !== '') this.#onDelta({ kind, text })
        return true
      }
      case 'tool-input-start':
        this.#names.set(part.id ?? '', part.toolName ?? '')
        return true
      case 'tool-input-delta': {
        const text = part.delta ?? ''
        this.#count(text)
        const modelCallId = part.id ?? ''
        const toolName = this.#names.get(modelCallId) ?? ''
        if (text !== '') this.#onDelta({ kind: 'tool-input', text, modelCallId, toolName })
        return true
      }
      case 'tool-call':
        this.#addToolCall(part)
        return true
      case 'finish-step':
        this.#finish = part
        return true
      default:
        return false
    }
  }

  /** Throws StepFailure for an answer that is none. */
  answer(): ModelAnswer {
    const { finishReason = 'other', rawFinishReason, usage } = this.#finish ?? {}
    if (this.#finish === undefined || finishReason === 'interrupted')
      throw new StepFailure(
        'provider-error',
        'PROVIDER_LOST',
        'The answer of the model was cut off.',
        {
          isRetryable: true,
        },
      )
    if (rawFinishReason === WINDOW_FULL)
      throw new StepFailure(
        'context-exhausted',
        'PAYLOAD_TOO_LARGE',
        'The answer does not fit into the window of the model any more.',
      )
    const parts = this.#parts.flatMap((part) => this.#partOf(part))
    const isEmpty = parts.every(({ kind }) => kind === 'reasoning')
    if (finishReason === 'error' && isEmpty)
      throw new StepFailure('provider-error', 'EXECUTION_ERROR', 'The model ended with an error.', {
        isRetryable: true,
      })
    return {
      parts,
      finishReason,
      inputTokens: usage?.inputTokens,
      outputTokens: usage?.outputTokens,
      cachedTokens: usage?.inputTokenDetails?.cacheReadTokens,
    }
  }

  /** The text that the part is of. The metadata of its latest piece count. */
  #text(kind: OpenText['kind'], { id = '', providerMetadata }: StreamPart): OpenText {
    const key = `${kind} ${id}`
    let open = this.#texts.get(key)
    if (open === undefined) {
      if (this.#texts.size >= MAX_PARTS)
        throw tooLarge('The answer of the model has too many parts.')
      open = { kind, text: '', metadata: undefined }
      this.#texts.set(key, open)
      this.#parts.push(open)
    }
    open.metadata = providerMetadata ?? open.metadata
    return open
  }

  #partOf(part: OpenText | OpenCall): ModelPart[] {
    const seal = sealText(part.metadata)
    this.#count(seal ?? '')
    if (part.kind === 'tool-call') return [{ kind: part.kind, call: part.call, seal }]
    const { kind, text, metadata } = part
    // Reasoning may be hidden, and its signature counts.
    if (text === '' && !(kind === 'reasoning' && isSigned(metadata))) return []
    return [{ kind, text, seal }]
  }

  #addToolCall({
    toolCallId = '',
    toolName = '',
    input,
    invalid,
    error,
    providerMetadata: metadata,
  }: StreamPart): void {
    this.#calls += 1
    if (this.#calls > MAX_TOOL_CALLS)
      throw tooLarge(`The model asked for more than ${MAX_TOOL_CALLS} calls at once.`)
    const isDeep = isNestedDeeper(input, MAX_TOOL_CALL_DEPTH)
    const fault = isDeep
      ? `The input is nested deeper than ${MAX_TOOL_CALL_DEPTH} levels.`
      : invalid === true
        ? error instanceof Error
          ? error.message
          : 'The call is not valid.'
        : undefined
    const call: ModelToolCall = {
      modelCallId: toolCallId,
      toolName,
      input: isDeep ? {} : (input ?? {}),
      ...(fault !== undefined && { fault: fault.slice(0, 1000) }),
    }
    this.#parts.push({ kind: 'tool-call', call, metadata })
  }

  #count(text: string): void {
    this.#bytes += text.length
    if (this.#bytes > MAX_STEP_BYTES) throw tooLarge('The answer of the model is too large.')
  }
}

/** The text of an answer, without its reasoning. */
export function textOf({ parts }: ModelAnswer): string {
  return parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
}

export function toolCallsOf({ parts }: ModelAnswer): ModelToolCall[] {
  return parts.flatMap((part) => (part.kind === 'tool-call' ? [part.call] : []))
}

function tooLarge(message: string): StepFailure {
  return new StepFailure('provider-error', 'PAYLOAD_TOO_LARGE', message)
}
