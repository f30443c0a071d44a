import type { ModelDialect } from '@alkdev/contracts'
import { sleep } from '@alkdev/std'
import type { Instructions, ModelMessage, ToolSet } from 'ai'
import { CollectedAnswer } from './collected-answer.ts'
import type { ModelAnswer, ModelDelta, StreamPart } from './collected-answer.ts'
import { languageModel } from './language-model.ts'
import { StepFailure } from './step-failure.ts'

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
  /** How the model is asked. */
  readonly dialect: ModelDialect
  readonly instructions: string
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly ModelTool[]
  readonly temperature: number | undefined
  readonly firstByteMs: number
  readonly idleMs: number
  /** Milliseconds of the whole call. */
  readonly maxMs: number
  readonly traceparent?: string | undefined
}

/**
 * One call of a model, streamed: one step, no tool is executed, nothing is repeated. `onDelta` gets the text as it comes. Throws StepFailure with
 * the reason; `signal` ends the call, and its reason is what is thrown. What depends on the AI SDK is in this file and in those of `language-model.ts` and
 * `collected-answer.ts`.
 */
export async function callModel(
  request: ModelRequest,
  onDelta: (delta: ModelDelta) => void,
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const { dialect } = request
  const [{ streamText, isStepCount, jsonSchema, tool }, model] = await Promise.all([
    import('ai'),
    languageModel(request),
  ])
  signal.throwIfAborted()
  // What a model does not take, a temperature for instance, is left out; the SDK would write that to standard error.
  globalThis.AI_SDK_LOG_WARNINGS = false
  const ending = new AbortController()
  const watch = new SilenceWatch(request, (failure) => ending.abort(failure))
  const tools: ToolSet = Object.fromEntries(
    request.tools.map(({ name, description, inputSchema }) => [
      name,
      tool({
        description,
        inputSchema: jsonSchema(inputSchema as never),
        // Else OpenAI makes each member of an input required.
        ...(dialect === 'responses' && { strict: false }),
      }),
    ]),
  )
  const collected = new CollectedAnswer(onDelta)
  const all = AbortSignal.any([signal, ending.signal])
  try {
    const result = streamText({
      model,
      headers: {
        authorization: `Bearer ${request.token}`,
        ...(request.traceparent !== undefined && { traceparent: request.traceparent }),
      },
      ...(request.instructions !== '' && { instructions: instructionsOf(request) }),
      messages: dialect === 'messages' ? withCacheMarks(request.messages) : [...request.messages],
      // Nothing is stored: the next request has the whole conversation.
      ...(dialect === 'responses' && { providerOptions: { openai: { store: false } } }),
      ...(request.tools.length > 0 && { tools }),
      ...(request.temperature !== undefined && { temperature: request.temperature }),
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

/** Anthropic keeps what comes before such a mark for the next request. */
const CACHE_MARK = { anthropic: { cacheControl: { type: 'ephemeral' } } } as const
/** Messages that are marked. Of the four marks of a request one is at its instructions. */
const MARKED = 2

/** Tools and instructions are the beginning of each request of a session. */
function instructionsOf({ dialect, instructions }: ModelRequest): Instructions {
  if (dialect !== 'messages') return instructions
  return { role: 'system', content: instructions, providerOptions: CACHE_MARK }
}

/** The latest message is where the next request begins to differ; the mark before it is that of the last request. */
function withCacheMarks(messages: readonly ModelMessage[]): ModelMessage[] {
  let left = MARKED
  return messages
    .toReversed()
    .map((message) => {
      if (left === 0 || message.role === 'assistant') return message
      left -= 1
      return { ...message, providerOptions: CACHE_MARK }
    })
    .toReversed()
}

/** Why what belongs to a call is aborted after it. One error for all: making one takes long. */
const OVER = new Error('The call is over.')

/** Ends a call whose model does not begin, pauses for too long, or takes all of its time. */
class SilenceWatch {
  readonly #idleMs: number
  readonly #maxMs: number
  readonly #startedAt = performance.now()
  readonly #onSilence: (failure: StepFailure) => void
  readonly #stopped = new AbortController()
  #at = performance.now()
  #hasBegun = false

  constructor(
    { firstByteMs, idleMs, maxMs }: Pick<ModelRequest, 'firstByteMs' | 'idleMs' | 'maxMs'>,
    onSilence: (failure: StepFailure) => void,
  ) {
    this.#idleMs = idleMs
    this.#maxMs = maxMs
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
      const now = performance.now()
      const limitMs = this.#hasBegun ? this.#idleMs : firstByteMs
      const leftMs = Math.min(limitMs - (now - this.#at), this.#maxMs - (now - this.#startedAt))
      if (leftMs <= 0) break
      try {
        // oxlint-disable-next-line no-await-in-loop -- until it is silent for too long
        await sleep(leftMs, this.#stopped.signal)
      } catch {
        return
      }
    }
    if (performance.now() - this.#startedAt >= this.#maxMs) {
      const all = `The model took all of the ${Math.round(this.#maxMs)} ms that its step had left.`
      return this.#onSilence(new StepFailure('turn-limit', 'TIMEOUT', all))
    }
    const reason = this.#hasBegun ? 'idle-timeout' : 'first-byte-timeout'
    const message = this.#hasBegun
      ? 'The model paused for too long.'
      : 'The model did not begin its answer in time.'
    this.#onSilence(new StepFailure(reason, 'TIMEOUT', message))
  }
}
