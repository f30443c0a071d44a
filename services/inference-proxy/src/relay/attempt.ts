import { codedErrorOf, openaiError } from '@alkdev/http'
import { parseJson } from '@alkdev/std'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { request as send } from 'undici'
import type { Dispatcher } from 'undici'
import type { ProxyContext } from '../context.ts'
import { deltaScrubberOf, headersOf, scrubberOf, urlOf } from '../providers/provider.ts'
import type { Provider } from '../providers/provider.ts'
import { decodedBody, wholeBody } from './decoded-body.ts'
import { EventLines } from './event-lines.ts'
import { checkContentType, passedHeaders, refusedAnswer } from './refused-answer.ts'
import type { ChatBody } from './relay.ts'
import { badAnswer, connectionError } from './upstream-error.ts'
import { writeAll } from './write-all.ts'

export interface AttemptInput {
  readonly context: ProxyContext
  readonly provider: Provider
  readonly model: string
  readonly body: ChatBody
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Aborted with the reason when the client left, its key went, or the process ends. */
  readonly signal: AbortSignal
}

/** One request to one provider. */
export class Attempt {
  readonly #input: AttemptInput
  readonly #startedAt = performance.now()
  readonly #stream: boolean
  /** Ends the request when its time is over. */
  readonly #limit = new AbortController()

  constructor(input: AttemptInput) {
    this.#input = input
    this.#stream = input.body.stream === true
  }

  /** Resolves when the answer was sent, whole or cut. Throws as long as nothing was sent. */
  async run(): Promise<void> {
    const { context, provider, signal } = this.#input
    const limitMs = provider.config.timeoutMs ?? context.runtime.config.inference.requestTimeoutMs
    const timer = setTimeout(
      () => this.#limit.abort(new DOMException('The time is over.', 'TimeoutError')),
      limitMs,
    )
    let answer: Dispatcher.ResponseData | undefined
    try {
      answer = await this.#send(AbortSignal.any([signal, this.#limit.signal]))
      // A stream may take as long as it goes on: its silence has a limit of its own.
      if (this.#stream) clearTimeout(timer)
      await this.#deliver(answer)
    } catch (error) {
      this.#failed(error)
      throw error
    } finally {
      clearTimeout(timer)
      answer?.body.on('error', () => undefined).destroy()
    }
  }

  async #send(signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { context, provider, model, body } = this.#input
    try {
      return await send(urlOf(provider, 'chat/completions'), {
        method: 'POST',
        dispatcher: context.agent,
        headers: {
          ...headersOf(provider),
          'content-type': 'application/json',
          accept: this.#stream ? 'text/event-stream' : 'application/json',
        },
        body: JSON.stringify({ ...body, model }),
        signal,
      })
    } catch (error) {
      throw connectionError(error, provider.name)
    }
  }

  async #deliver(answer: Dispatcher.ResponseData): Promise<void> {
    const { context, provider } = this.#input
    if (answer.statusCode < 200 || answer.statusCode > 299) {
      const failure = await refusedAnswer(provider, answer, scrubberOf(provider))
      if (failure.code === 'UPSTREAM_AUTH_FAILED') context.events.keyRefused(provider.name)
      throw failure
    }
    checkContentType(provider, answer, this.#stream)
    if (this.#stream) await this.#deliverStream(answer)
    else await this.#deliverWhole(answer)
  }

  /** Nothing is sent before the answer is whole and known to be JSON: until then a failure can still be answered with an error status. */
  async #deliverWhole(answer: Dispatcher.ResponseData): Promise<void> {
    const { context, provider, reply } = this.#input
    const mostBytes = context.runtime.config.http.maxInferenceBodyBytes
    const scrubber = scrubberOf(provider)
    const decoded = this.#decoded(answer)
    const bytes = await wholeBody(decoded, mostBytes).catch((error: unknown) => {
      throw this.#limit.signal.aborted
        ? connectionError(this.#limit.signal.reason, provider.name)
        : badAnswer(provider.name, 'broke off in the middle of its answer', error)
    })
    if (bytes === undefined)
      throw badAnswer(provider.name, `answered with more than ${mostBytes} bytes`)
    const clean = Buffer.concat([scrubber.push(bytes), scrubber.end()])
    try {
      parseJson(clean.toString())
    } catch {
      throw badAnswer(
        provider.name,
        'answered with something else than JSON, or with JSON that is nested too deep',
      )
    }
    this.#answered(answer.statusCode)
    reply
      .code(answer.statusCode)
      .headers(passedHeaders(answer, scrubber))
      .header('content-type', 'application/json; charset=utf-8')
      .send(clean)
  }

  async #deliverStream(answer: Dispatcher.ResponseData): Promise<void> {
    const { context, provider, reply } = this.#input
    const scrubber = scrubberOf(provider)
    const decoded = this.#decoded(answer)
    reply
      .headers(passedHeaders(answer, scrubber))
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
    reply.hijack()
    const { raw } = reply
    raw.on('error', () => raw.destroy())
    raw.writeHead(answer.statusCode, reply.getHeaders() as Record<string, string>)
    raw.flushHeaders()
    const lines = new EventLines()
    const deltas = deltaScrubberOf(provider)
    const stallMs = context.runtime.config.inference.streamIdleTimeoutMs
    const write = (bytes: Buffer): Promise<void> => writeAll(raw, bytes, stallMs)
    try {
      for await (const chunk of decoded as AsyncIterable<Buffer>)
        await write(scrubber.push(deltas.push(lines.push(chunk))))
      const rest = [deltas.push(lines.end()), deltas.end()]
      await write(Buffer.concat([...rest.map((bytes) => scrubber.push(bytes)), scrubber.end()]))
    } catch (error) {
      raw.write(Buffer.concat([scrubber.push(deltas.end()), scrubber.end()]))
      this.#cut(this.#reasonOf(error))
      return
    }
    if (!lines.finished && !lines.failed) {
      this.#cut(badAnswer(provider.name, 'ended its answer before it was whole'))
      return
    }
    if (lines.failed) this.#failed(badAnswer(provider.name, 'reported an error in its answer'))
    else this.#answered(answer.statusCode)
    raw.end()
  }

  #decoded(answer: Dispatcher.ResponseData): NonNullable<ReturnType<typeof decodedBody>> {
    const decoded = decodedBody(answer)
    if (decoded) return decoded
    throw badAnswer(this.#input.provider.name, 'used a content-encoding that the hub does not know')
  }

  #reasonOf(error: unknown): unknown {
    const { provider, signal } = this.#input
    if (signal.aborted) return signal.reason
    const { code = '' } = error as { code?: string }
    return code.includes('TIMEOUT')
      ? connectionError(error, provider.name)
      : badAnswer(provider.name, 'broke off in the middle of its answer', error)
  }

  /** Half an answer must not look like a whole one: an error event, then the connection is cut. */
  #cut(reason: unknown): void {
    const { raw } = this.#input.reply
    this.#failed(reason)
    if (raw.destroyed) return
    raw.write(`\n\ndata: ${JSON.stringify(openaiError(reason))}\n\n`, () => raw.destroy())
  }

  #facts() {
    const { provider, model, request } = this.#input
    return {
      requestId: request.id,
      accountId: request.identity.id,
      provider: provider.name,
      model,
      stream: this.#stream,
      durationMs: Math.round(performance.now() - this.#startedAt),
    }
  }

  #answered(status: number): void {
    this.#input.context.events.answered({ ...this.#facts(), status })
  }

  #failed(error: unknown): void {
    const { signal, context } = this.#input
    const { code, message } = codedErrorOf(signal.aborted ? signal.reason : error)
    context.events.failed(this.#facts(), `${code}: ${message}`)
  }
}
