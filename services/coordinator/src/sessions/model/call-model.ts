import type { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { isNestedDeeper, sleep } from '@alkdev/std'
import { httpFetch } from '@alkdev/std/fetch'
import type { ModelMessage, ToolSet } from 'ai'
import { joinEvents } from './join-events.ts'
import { StepFailure } from './step-failure.ts'
import { MAX_TOOL_CALL_DEPTH } from './tool-call-depth.ts'

/** Bytes of text, reasoning and inputs of one step, and tool calls of it. */
const MAX_STEP_BYTES = 1024 * 1024
const MAX_TOOL_CALLS = 64

/** A tool as the model gets it. */
export interface ModelTool {
  readonly name: string
  readonly description: string
  /** JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>
}

export interface ModelRequest {
  /** Base URL of the inference proxy, with `/v1`. */
  readonly baseUrl: string
  readonly token: string
  readonly model: string
  readonly instructions: string
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly ModelTool[]
  readonly temperature: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly firstByteMs: number
  readonly idleMs: number
  readonly traceparent?: string | undefined
}

export type ModelDelta =
  | { readonly kind: 'text' | 'reasoning'; readonly text: string }
  | {
      readonly kind: 'tool-input'
      readonly text: string
      readonly modelCallId: string
      readonly toolName: string
    }

/** What a model gave. */
export interface ModelAnswer {
  readonly reasoning: string
  readonly text: string
  readonly toolCalls: readonly ModelToolCall[]
  readonly finishReason: string
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  readonly cachedTokens: number | undefined
}

export interface ModelToolCall {
  readonly modelCallId: string
  readonly toolName: string
  /** The parsed input; the text itself when it is not valid JSON. */
  readonly input: unknown
  /** Why the call cannot be made: the tool is not there, or its input is not valid JSON. */
  readonly fault?: string | undefined
}

/**
 * One call of a model, streamed: one step, no tool is executed, nothing is repeated. `onDelta` gets the text as it comes. Throws StepFailure with
 * the reason; `signal` ends the call, and its reason is what is thrown. Everything that depends on the AI SDK is in this file.
 */
export async function callModel(
  request: ModelRequest,
  onDelta: (delta: ModelDelta) => void,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const [{ streamText, isStepCount, jsonSchema, tool }, openAi] = await Promise.all([
    import('ai'),
    import('@ai-sdk/openai-compatible'),
  ])
  signal.throwIfAborted()
  const ending = new AbortController()
  const watch = new SilenceWatch(request, (failure) => ending.abort(failure))
  const model = modelOf(openAi.createOpenAICompatible, request)
  const tools: ToolSet = Object.fromEntries(
    request.tools.map(({ name, description, inputSchema }) => [
      name,
      tool({ description, inputSchema: jsonSchema(inputSchema as never) }),
    ]),
  )
  const collected = new Collected(onDelta)
  const all = AbortSignal.any([signal, ending.signal])
  try {
    const result = streamText({
      model,
      headers: {
        authorization: `Bearer ${request.token}`,
        ...(request.traceparent !== undefined && { traceparent: request.traceparent }),
      },
      ...(request.instructions !== '' && { instructions: request.instructions }),
      messages: [...request.messages],
      ...(request.tools.length > 0 && { tools }),
      ...(request.temperature !== undefined && { temperature: request.temperature }),
      ...(request.maxOutputTokens !== undefined && { maxOutputTokens: request.maxOutputTokens }),
      stopWhen: isStepCount(1),
      maxRetries: 0,
      abortSignal: all,
      // Otherwise the SDK writes errors to the console.
      onError: () => undefined,
    })
    for await (const part of result.stream) {
      all.throwIfAborted()
      if (part.type === 'error') throw part.error
      try {
        if (collected.add(part as StreamPart)) watch.onContent()
      } catch (error) {
        // Before the loop is left: the SDK reads a stream that is left to its end.
        ending.abort(error)
        throw error
      }
      // All that is read has come. The SDK then copies the messages by recursion, which fails for a deep input of a tool call.
      if (part.type === 'finish-step') break
    }
    // A stream that was aborted ends without an error.
    all.throwIfAborted()
    return collected.answer()
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (ending.signal.aborted) throw ending.signal.reason
    throw StepFailure.from(error)
  } finally {
    watch.stop()
    // Closes the connection of a call that is left.
    ending.abort(OVER)
  }
}

/** Why what belongs to a call is aborted after it. One error for all: making one takes long. */
const OVER = new Error('The call is over.')

type CreateProvider = typeof createOpenAICompatible
/** Models by proxy and name: each makes schemas, which takes longer than a call of it. */
const models = new Map<string, ReturnType<ReturnType<CreateProvider>>>()
const MAX_MODELS = 100

function modelOf(
  create: CreateProvider,
  { baseUrl, model }: ModelRequest,
): ReturnType<ReturnType<CreateProvider>> {
  const key = `${baseUrl} ${model}`
  const known = models.get(key)
  if (known !== undefined) return known
  if (models.size >= MAX_MODELS) models.clear()
  const provider = create({
    name: 'alkhub',
    baseURL: baseUrl,
    includeUsage: true,
    fetch: fetchJoined,
  })
  const made = provider(model)
  models.set(key, made)
  return made
}

/** The answer with its texts joined. */
async function fetchJoined(...request: Parameters<typeof httpFetch>): Promise<Response> {
  const response = await httpFetch(...request)
  const { ok, body, headers, status, statusText } = response
  if (!ok || body === null || !headers.get('content-type')?.startsWith('text/event-stream'))
    return response
  return new Response(body.pipeThrough(joinEvents()), { headers, status, statusText })
}

/** Ends a call whose model does not begin, or pauses for too long. */
class SilenceWatch {
  readonly #idleMs: number
  readonly #onSilence: (failure: StepFailure) => void
  readonly #stopped = new AbortController()
  #at = performance.now()
  #hasBegun = false

  constructor(
    { firstByteMs, idleMs }: Pick<ModelRequest, 'firstByteMs' | 'idleMs'>,
    onSilence: (failure: StepFailure) => void,
  ) {
    this.#idleMs = idleMs
    this.#onSilence = onSilence
    void this.#watch(firstByteMs)
  }

  onContent(): void {
    this.#hasBegun = true
    this.#at = performance.now()
  }

  stop(): void {
    this.#stopped.abort(OVER)
  }

  async #watch(firstByteMs: number): Promise<void> {
    for (;;) {
      const limitMs = this.#hasBegun ? this.#idleMs : firstByteMs
      const leftMs = limitMs - (performance.now() - this.#at)
      if (leftMs <= 0) break
      try {
        // oxlint-disable-next-line no-await-in-loop -- until it is silent for too long
        await sleep(leftMs, this.#stopped.signal)
      } catch {
        return
      }
    }
    const reason = this.#hasBegun ? 'idle-timeout' : 'first-byte-timeout'
    const message = this.#hasBegun
      ? 'The model paused for too long.'
      : 'The model did not begin its answer in time.'
    this.#onSilence(new StepFailure(reason, 'TIMEOUT', message))
  }
}

/** The members of the parts of the stream that are read. */
interface StreamPart {
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
  readonly usage?: {
    readonly inputTokens?: number
    readonly outputTokens?: number
    readonly inputTokenDetails?: { readonly cacheReadTokens?: number }
  }
}

class Collected {
  readonly #onDelta: (delta: ModelDelta) => void
  readonly #names = new Map<string, string>()
  readonly #toolCalls: ModelToolCall[] = []
  #reasoning = ''
  #text = ''
  #bytes = 0
  #finish: StreamPart | undefined

  constructor(onDelta: (delta: ModelDelta) => void) {
    this.#onDelta = onDelta
  }

  /** True when the part is from the model. Throws StepFailure for an answer that is too large. */
  add(part: StreamPart): boolean {
    switch (part.type) {
      case 'text-delta':
      case 'reasoning-delta': {
        const text = part.text ?? ''
        this.#count(text)
        const kind = part.type === 'text-delta' ? 'text' : 'reasoning'
        if (kind === 'text') this.#text += text
        else this.#reasoning += text
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

  answer(): ModelAnswer {
    if (this.#finish === undefined)
      throw new StepFailure(
        'provider-error',
        'PROVIDER_LOST',
        'The answer of the model was cut off.',
        {
          isRetryable: true,
        },
      )
    const { finishReason = 'other', usage } = this.#finish
    if (finishReason === 'error' && this.#text === '' && this.#toolCalls.length === 0)
      throw new StepFailure('provider-error', 'EXECUTION_ERROR', 'The model ended with an error.', {
        isRetryable: true,
      })
    return {
      reasoning: this.#reasoning,
      text: this.#text,
      toolCalls: this.#toolCalls,
      finishReason,
      inputTokens: usage?.inputTokens,
      outputTokens: usage?.outputTokens,
      cachedTokens: usage?.inputTokenDetails?.cacheReadTokens,
    }
  }

  #addToolCall({ toolCallId = '', toolName = '', input, invalid, error }: StreamPart): void {
    if (this.#toolCalls.length >= MAX_TOOL_CALLS)
      throw tooLarge(`The model asked for more than ${MAX_TOOL_CALLS} calls at once.`)
    const isDeep = isNestedDeeper(input, MAX_TOOL_CALL_DEPTH)
    const fault = isDeep
      ? `The input is nested deeper than ${MAX_TOOL_CALL_DEPTH} levels.`
      : invalid === true
        ? error instanceof Error
          ? error.message
          : 'The call is not valid.'
        : undefined
    this.#toolCalls.push({
      modelCallId: toolCallId,
      toolName,
      input: isDeep ? {} : (input ?? {}),
      ...(fault !== undefined && { fault: fault.slice(0, 1000) }),
    })
  }

  #count(text: string): void {
    this.#bytes += text.length
    if (this.#bytes > MAX_STEP_BYTES) throw tooLarge('The answer of the model is too large.')
  }
}

function tooLarge(message: string): StepFailure {
  return new StepFailure('provider-error', 'PAYLOAD_TOO_LARGE', message)
}
