import type { LanguageModelV4StreamPart, SharedV4Warning } from '@ai-sdk/provider'
import { codedErrorOf } from '@alkdev/http'
import type { FastifyReply } from 'fastify'
import { parseJson } from '@alkdev/std'
import type { CallHooks } from '../hooks/call-hooks.ts'
import type { CheckedStream } from '../hooks/checked-stream.ts'
import { HookError } from '../hooks/verdict.ts'
import { rateOf } from '../relay/attempt-bounds.ts'
import type { AttemptBounds } from '../relay/attempt-bounds.ts'
import { AttemptLimit } from '../relay/attempt-limit.ts'
import { AttemptRecord } from '../relay/attempt-record.ts'
import type { AttemptRecordInput, Delivered } from '../relay/attempt-record.ts'
import type { ClientAnswer } from '../relay/client-answer.ts'
import { costHeaders, costLine } from '../relay/cost-notice.ts'
import { endsWithDone } from '../relay/endpoint.ts'
import type { Endpoint } from '../relay/endpoint.ts'
import { Drain } from '../relay/drain.ts'
import type { MinimumRate } from '../relay/minimum-rate.ts'
import { badAnswer, connectionError, truncated, UpstreamError } from '../relay/upstream-error.ts'
import type { AnswerWriter, FinishReason } from './answer-writer.ts'
import { partsOf } from './parts-of.ts'
import type { PassedTier } from './passed-tier.ts'
import type { ModelRequest } from './reading.ts'
import { ToolInputs } from './tool-inputs.ts'
import { sdkModel, sdkRequest, writerFor } from './translation.ts'
import type { AskedProtocol } from './translated-into.ts'
import { UpstreamFetch } from './upstream-fetch.ts'

const MAX_WARNING_CHARACTERS = 200
/** Characters of a stream without content that are held; a stream with more goes out. */
const MAX_HELD = 1024 * 1024

export interface TranslatedAttemptInput extends AttemptRecordInput {
  readonly endpoint: Endpoint
  /** How the provider is asked. */
  readonly into: AskedProtocol
  readonly asked: ModelRequest
  readonly tier: PassedTier
  readonly body: Readonly<Record<string, unknown>>
  readonly outputLimit: number | undefined
  readonly reply: FastifyReply
  readonly answer: ClientAnswer
  readonly bounds: AttemptBounds
  /** What the answer must pass. */
  readonly hooks: CallHooks | undefined
  /** Takes each parsed answer and event as the client gets it. */
  readonly onContent: (data: unknown, isEvent: boolean) => void
  /** Takes the bytes of an answer that is no stream. */
  readonly onWhole: (bytes: Buffer) => void
}

/** One request to a provider that does not serve the protocol of the client. The AI SDK writes the request and reads the answer. */
export class TranslatedAttempt {
  readonly #input: TranslatedAttemptInput
  readonly #record: AttemptRecord
  readonly #writer: AnswerWriter
  #warning: string | undefined

  constructor(input: TranslatedAttemptInput) {
    this.#input = input
    this.#record = new AttemptRecord(input)
    const { endpoint, request, model, body, tier } = input
    this.#warn(tier.lost.map((feature) => ({ type: 'unsupported', feature })))
    const facts = {
      id: request.id.replaceAll('-', ''),
      model,
      created: Math.floor(Date.now() / 1000),
    }
    this.#writer = writerFor(endpoint.protocol, facts, body)
  }

  /** Resolves when the answer was sent, whole or cut. Throws as long as nothing but comments was sent. */
  async run(): Promise<Delivered> {
    const { context, provider, model, signal, streamed, bounds, into, asked, outputLimit } =
      this.#input
    const { inference } = context.runtime.config
    const limitMs = provider.config.timeoutMs ?? inference.requestTimeoutMs
    using drain = new Drain(signal, provider, context.relay.drains)
    const ms = streamed ? Math.min(limitMs, bounds.firstContentMs) : limitMs
    using limit = new AttemptLimit(ms, (reason) => drain.cancel(reason))
    using rate = rateOf(bounds, inference, provider, drain)
    const abortSignal = drain.signal
    const upstream = new UpstreamFetch({
      ...this.#input,
      record: this.#record,
      signal: abortSignal,
    })
    const request = { ...sdkRequest(asked, outputLimit), abortSignal }
    try {
      const sdk = sdkModel(provider, into, model, upstream.fetch, context.relay.packages)
      if (streamed) {
        const { stream } = await sdk.doStream(request)
        return await this.#deliverStream(stream, upstream, limit, rate, drain)
      }
      const { content, finishReason, usage, warnings } = await sdk.doGenerate(request)
      this.#warn(warnings)
      for (const part of partsOf(content)) {
        upstream.take(part)
        this.#writer.push(part)
      }
      upstream.take({ type: 'finish', finishReason, usage })
      // The client has left, and the answer was read for the ledger.
      signal.throwIfAborted()
      return await this.#deliverWhole(finishReason.unified, upstream)
    } catch (error) {
      const reason = this.#reasonOf(error, upstream, limit, rate)
      this.#record.failed(reason, upstream.usage)
      throw reason
    } finally {
      upstream.end()
    }
  }

  async #deliverWhole(reason: FinishReason, upstream: UpstreamFetch): Promise<Delivered> {
    const { reply, onContent, onWhole, hooks, signal, ledger } = this.#input
    const { usage } = upstream
    this.#writer.finish(reason, usage)
    const whole = this.#writer.whole()
    const written = Buffer.from(JSON.stringify(whole))
    const bytes = (await hooks?.whole(written, whole)) ?? written
    signal.throwIfAborted()
    ledger.check()
    const settled = this.#record.answered(usage)
    reply
      .code(200)
      .headers(upstream.headers)
      .headers(this.#headers())
      .headers(costHeaders(settled))
      .header('content-type', 'application/json; charset=utf-8')
      .send(bytes)
    onContent(bytes === written ? whole : parseJson(bytes.toString()), false)
    onWhole(bytes)
    return { error: undefined }
  }

  async #deliverStream(
    stream: ReadableStream<LanguageModelV4StreamPart>,
    upstream: UpstreamFetch,
    limit: AttemptLimit,
    rate: MinimumRate,
    drain: Drain,
  ): Promise<Delivered> {
    const { answer, signal, provider, endpoint, request } = this.#input
    const { hooks, onContent, ledger } = this.#input
    const checks = hooks?.stream((data) => onContent(data, true))
    let held = ''
    let isCommitted = false
    const give = async (given: string, isLast = false): Promise<void> => {
      if (drain.isDraining) return drain.read(given.length)
      const events = checks === undefined ? given : await checked(checks, given, isLast)
      ledger.check()
      if (isCommitted) return drain.given(answer.write(Buffer.from(events)))
      held += events
      const isFast = upstream.textBytes > 0 && rate.passes(upstream.textBytes)
      // What is not checked yet is not known to go out.
      if (checks !== undefined && events === '') return undefined
      if (!isFast && !upstream.isFinished && held.length <= MAX_HELD) return undefined
      rate[Symbol.dispose]()
      isCommitted = true
      limit[Symbol.dispose]()
      const headers = { ...upstream.headers, ...this.#headers() }
      return drain.given(answer.beginWith(headers, Buffer.from(held)))
    }
    let reason: FinishReason | undefined
    const inputs = new ToolInputs()
    try {
      for await (const part of stream) {
        if (part.type === 'stream-start') this.#warn(part.warnings)
        // oxlint-disable-next-line typescript/only-throw-error -- whatever the package reports; `#reasonOf` makes an error of it
        if (part.type === 'error') throw part.error
        // What the package ends by itself when its stream is over has not ended: a tool call with half of its input, for example.
        if (upstream.failure !== undefined && !isPiece(part)) continue
        upstream.take(part)
        if (part.type === 'finish') reason = part.finishReason.unified
        else
          for (const whole of inputs.take(part)) {
            // oxlint-disable-next-line no-await-in-loop -- the client takes one after the other
            await give(this.#writer.push(whole))
          }
      }
      signal.throwIfAborted()
      if (upstream.failure !== undefined) throw upstream.failure
      if (reason === undefined || !upstream.isFinished) throw truncated(provider.name)
    } catch (error) {
      const why = this.#reasonOf(error, upstream, limit, rate)
      if (!isCommitted) throw why
      this.#record.failed(why, upstream.usage)
      answer.cut(why, costLine(request.id, this.#record.end(null, upstream.usage, true)))
      return { error: codedErrorOf(why) }
    }
    const { usage } = upstream
    const settled = this.#record.answered(usage)
    const done = endsWithDone(endpoint.protocol) ? 'data: [DONE]\n\n' : ''
    try {
      await give(costLine(request.id, settled) + this.#writer.finish(reason, usage) + done, true)
    } catch (error) {
      if (!(error instanceof HookError)) throw error
      if (!isCommitted) throw error
      answer.cut(error)
      return { error }
    }
    answer.end()
    if (checks === undefined) onContent(this.#writer.whole(), false)
    return { error: undefined }
  }

  #warn(warnings: readonly SharedV4Warning[]): void {
    const [first] = warnings
    if (first === undefined || this.#warning !== undefined) return
    const text = JSON.stringify(first).replaceAll(/[^\x20-\x7e]/g, '?')
    this.#warning = text.slice(0, MAX_WARNING_CHARACTERS)
  }

  #headers(): Record<string, string> {
    const { into, provider } = this.#input
    return {
      'x-alkhub-translated': into === 'package' ? (provider.config.protocol ?? into) : into,
      ...(this.#warning !== undefined && { 'x-alkhub-warning': this.#warning }),
    }
  }

  #reasonOf(
    error: unknown,
    upstream: UpstreamFetch,
    limit: AttemptLimit,
    rate: MinimumRate,
  ): unknown {
    const { signal, provider, ledger } = this.#input
    if (signal.aborted) return signal.reason
    if (error instanceof HookError || ledger.wasRefusedBy(error)) return error
    if (rate.failure !== undefined) return rate.failure
    if (limit.reason !== undefined) return connectionError(limit.reason, provider.name)
    if (upstream.failure !== undefined) return upstream.failure
    if (error instanceof UpstreamError) return error
    if ((error as { name?: string }).name === 'AI_UnsupportedFunctionalityError')
      return new UpstreamError(
        'VALIDATION_ERROR',
        `The request cannot be translated for the provider ${provider.name}: ${(error as Error).message.slice(0, MAX_WARNING_CHARACTERS)}`,
        { status: 400, next: 'target', isLocal: true },
      )
    return badAnswer(provider.name, 'answered in another form than its protocol', error)
  }
}

function isPiece({ type }: LanguageModelV4StreamPart): boolean {
  return type.endsWith('-start') || type.endsWith('-delta')
}

async function checked(checks: CheckedStream, given: string, isLast: boolean): Promise<string> {
  const bytes = await checks.push(Buffer.from(given))
  return Buffer.concat([bytes, ...(isLast ? [await checks.end()] : [])]).toString()
}
