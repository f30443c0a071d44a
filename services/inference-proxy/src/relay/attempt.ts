import { codedErrorOf } from '@alkdev/http'
import { parseJson } from '@alkdev/std'
import type { FastifyReply } from 'fastify'
import { addressOf, deltaScrubberOf, headersOf, scrubberOf } from '../providers/provider.ts'
import { textOfAnswer, usageOfAnswer } from '../usage/protocol.ts'
import type { CallHooks } from '../hooks/call-hooks.ts'
import { HookError } from '../hooks/verdict.ts'
import { rateOf } from './attempt-bounds.ts'
import type { AttemptBounds } from './attempt-bounds.ts'
import { AttemptLimit } from './attempt-limit.ts'
import { AttemptRecord } from './attempt-record.ts'
import { checkAnswer } from './check-answer.ts'
import type { AttemptRecordInput, Delivered } from './attempt-record.ts'
import type { ClientAnswer } from './client-answer.ts'
import { costHeaders, costLine } from './cost-notice.ts'
import { decodedBody, wholeBody } from './decoded-body.ts'
import { Drain } from './drain.ts'
import { endsWithDone } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import type { MinimumRate } from './minimum-rate.ts'
import { passedRequestHeaders } from './passed-request-headers.ts'
import { checkContentType, passedHeaders } from './refused-answer.ts'
import { requireSuccess } from './require-success.ts'
import { streamError } from './stream-error.ts'
import type { Usage } from '../usage/usage.ts'
import type { UpstreamBody } from './request-body.ts'
import { StreamRelay } from './stream-relay.ts'
import { badAnswer, connectionError, truncated } from './upstream-error.ts'
import { exchangeWhole } from './whole-exchange.ts'
import type { UpstreamAnswer, WholeAnswer } from './whole-exchange.ts'

/** Bytes of a stream without content that are held; a stream with more goes out. */
const MAX_HELD_BYTES = 1024 * 1024

export interface AttemptInput extends AttemptRecordInput {
  readonly endpoint: Endpoint
  readonly body: UpstreamBody
  readonly reply: FastifyReply
  /** Where the events of a stream go. */
  readonly answer: ClientAnswer
  readonly bounds: AttemptBounds
  /** What the answer must pass. */
  readonly hooks: CallHooks | undefined
  /** Takes each parsed answer and event of the provider. */
  readonly onData: (data: unknown) => void
  /** Takes each parsed answer and event as the client gets it. */
  readonly onContent: (data: unknown, isEvent: boolean) => void
  /** Takes the bytes of a whole answer when they are sent. */
  readonly onWhole: (bytes: Buffer) => void
}

/** One request to one provider in the protocol of the client. */
export class Attempt {
  readonly #input: AttemptInput
  readonly #record: AttemptRecord
  /** What the provider reported so far. */
  #usage: () => Usage | undefined = () => undefined

  constructor(input: AttemptInput) {
    this.#input = input
    this.#record = new AttemptRecord(input)
  }

  /** Resolves when the answer was sent, whole or cut. Throws as long as nothing but comments was sent. */
  async run(): Promise<Delivered> {
    const { context, provider, signal, streamed, bounds } = this.#input
    const { inference } = context.runtime.config
    const limitMs = provider.config.timeoutMs ?? inference.requestTimeoutMs
    using drain = new Drain(signal, provider, context.relay.drains)
    const ms = streamed ? Math.min(limitMs, bounds.firstContentMs) : limitMs
    using limit = new AttemptLimit(ms, (reason) => drain.cancel(reason))
    using rate = rateOf(bounds, inference, provider, drain)
    let answer: UpstreamAnswer | undefined
    try {
      if (streamed) {
        answer = await this.#send(drain.signal)
        await this.#check(answer)
        return await this.#deliverStream(answer, limit, rate, drain)
      }
      const whole = await this.#sendForWhole(drain.signal)
      if (whole.whole === undefined) answer = whole
      await this.#check(whole)
      return await this.#deliverWhole(whole, limit)
    } catch (error) {
      this.#record.failed(error, this.#usage())
      // An answer that is read whole may still come.
      drain.cancel(error)
      throw error
    } finally {
      // A body that was not read to its end emits an error when it is destroyed, which would end the process.
      answer?.body.on('error', () => undefined).destroy()
    }
  }

  async #send(signal: AbortSignal): Promise<UpstreamAnswer> {
    const { context, provider } = this.#input
    const request = this.#request()
    try {
      return await context.agent.request({ ...request, signal })
    } catch (error) {
      throw connectionError(error, provider.name)
    }
  }

  async #sendForWhole(signal: AbortSignal): Promise<WholeAnswer> {
    const { context, provider } = this.#input
    const { maxInferenceBodyBytes } = context.runtime.config.http
    const request = this.#request()
    try {
      return await exchangeWhole(context.agent, request, maxInferenceBodyBytes, signal)
    } catch (error) {
      throw connectionError(error, provider.name)
    }
  }

  /** Throws ACCESS_DENIED for a request that passed through too many hubs. */
  #request() {
    const { context, endpoint, provider, body, streamed, request } = this.#input
    const passed = passedRequestHeaders(request.headers, provider, context.runtime.deploymentId)
    return {
      ...addressOf(provider, endpoint.path),
      method: 'POST' as const,
      headers: {
        ...headersOf(provider, passed),
        'content-type': 'application/json',
        accept: streamed ? 'text/event-stream' : 'application/json',
      },
      body: body.bytes,
    }
  }

  /** Throws for an answer that is an error, or not of the kind that was asked for. */
  async #check(answer: UpstreamAnswer): Promise<void> {
    const { context, provider, streamed } = this.#input
    await requireSuccess(context, provider, this.#record, answer)
    checkContentType(provider, answer, streamed)
  }

  /** Nothing is sent before the answer is whole and known to be JSON: until then a failure can still be answered with an error status. */
  async #deliverWhole(answer: WholeAnswer, limit: AttemptLimit): Promise<Delivered> {
    const { context, endpoint, provider, reply, ledger, signal } = this.#input
    const { hooks, onData, onContent } = this.#input
    const mostBytes = context.runtime.config.http.maxInferenceBodyBytes
    const scrubber = scrubberOf(provider)
    const reading = answer.whole ?? wholeBody(this.#decoded(answer), mostBytes)
    const bytes = await reading.catch((error: unknown) => {
      throw limit.reason !== undefined
        ? connectionError(limit.reason, provider.name)
        : badAnswer(provider.name, 'closed the connection in the middle of its answer', error)
    })
    if (bytes === undefined)
      throw badAnswer(provider.name, `answered with more than ${mostBytes} bytes`)
    const [begin, rest] = [scrubber.push(bytes), scrubber.end()]
    const clean = rest.length === 0 ? begin : Buffer.concat([begin, rest])
    let value: unknown
    try {
      value = parseJson(clean.toString())
    } catch {
      throw badAnswer(
        provider.name,
        'answered with something else than JSON, or with JSON that is nested too deep',
      )
    }
    const usage = usageOfAnswer(endpoint.protocol, value)
    this.#usage = () => usage
    checkAnswer(provider, value)
    ledger.onContent()
    ledger.onData(value)
    ledger.textBytes = textOfAnswer(endpoint.protocol, value)
    onData(value)
    const checked = (await hooks?.whole(clean, value)) ?? clean
    onContent(checked === clean ? value : parseJson(checked.toString()), false)
    // The client has left, and the answer was read for the ledger.
    signal.throwIfAborted()
    ledger.check()
    const settled = this.#record.answered(usage, endpoint.isFree !== true)
    reply
      // An answer that is whole is nothing else for the client, whatever 2xx the provider calls it.
      .code(200)
      .headers(passedHeaders(answer, scrubber))
      .headers(costHeaders(settled))
      .header('content-type', 'application/json; charset=utf-8')
      .send(checked)
    if (answer.statusCode === 200) this.#input.onWhole(checked)
    return { error: undefined }
  }

  /** Holds what comes before the first content, so that another target can be tried until then. */
  async #deliverStream(
    upstream: UpstreamAnswer,
    limit: AttemptLimit,
    rate: MinimumRate,
    drain: Drain,
  ): Promise<Delivered> {
    const { endpoint, provider, ledger, body, request, answer } = this.#input
    const { onData, onContent, hooks } = this.#input
    const scrubber = scrubberOf(provider)
    const checks = hooks?.stream((data) => onContent(data, true))
    const relay = new StreamRelay({
      protocol: endpoint.protocol,
      attempt: ledger,
      hidesUsage: body.asksForUsage,
      repairsToolCalls: endpoint.protocol === 'chat' && provider.config.repairToolCalls === true,
      costLine: ({ usage }) => costLine(request.id, this.#record.end(null, usage, true)),
      onData: (data) => {
        onData(data)
        if (checks === undefined) onContent(data, true)
      },
    })
    this.#usage = () => relay.usage.usage
    const deltas = deltaScrubberOf(provider)
    const held: Buffer[] = []
    let heldBytes = 0
    let isCommitted = false
    const commit = async (): Promise<void> => {
      rate[Symbol.dispose]()
      isCommitted = true
      limit[Symbol.dispose]()
      await answer.beginWith(passedHeaders(upstream, scrubberOf(provider)), Buffer.concat(held))
    }
    const give = async (given: Buffer, isLast = false): Promise<void> => {
      const bytes =
        checks === undefined || drain.isDraining
          ? given
          : Buffer.concat([await checks.push(given), ...(isLast ? [await checks.end()] : [])])
      if (drain.isDraining) return drain.read(bytes.length)
      ledger.check()
      if (isCommitted) return drain.given(answer.write(bytes))
      held.push(bytes)
      heldBytes += bytes.length
      const { isFailed, isFinished, failure } = relay.usage
      if (isFailed) throw streamError(provider.name, failure, scrubberOf(provider))
      const isFast = relay.hasContent && rate.passes(relay.usage.textBytes)
      // What is not checked yet is not known to go out.
      if (checks !== undefined && bytes.length === 0) return undefined
      if (isFast || isFinished || heldBytes > MAX_HELD_BYTES) await drain.given(commit())
      return undefined
    }
    try {
      for await (const chunk of this.#decoded(upstream) as AsyncIterable<Buffer>)
        await give(scrubber.push(deltas.push(relay.push(chunk))))
      const rest = [deltas.push(relay.end()), deltas.end()]
      await give(
        Buffer.concat([...rest.map((bytes) => scrubber.push(bytes)), scrubber.end()]),
        true,
      )
      this.#input.signal.throwIfAborted()
    } catch (error) {
      if (!isCommitted) throw this.#reasonOf(error, limit, rate)
      // The model had finished: only what follows its answer is missing.
      if (!relay.usage.isFinished || this.#input.signal.aborted || checks !== undefined) {
        if (checks === undefined)
          await answer
            .write(Buffer.concat([scrubber.push(deltas.end()), scrubber.end()]))
            .catch(() => undefined)
        return this.#cut(relay, this.#reasonOf(error, limit, rate))
      }
    }
    const { isFinished, isEnded, isFailed, usage, failure } = relay.usage
    if (!isCommitted) throw truncated(provider.name)
    if (isFailed) {
      const error = streamError(provider.name, failure, scrubberOf(provider))
      this.#record.failed(error, usage)
      answer.end()
      return { error }
    }
    if (!isFinished) return this.#cut(relay, truncated(provider.name))
    const needsDone = !isEnded && endsWithDone(endpoint.protocol)
    const done = needsDone ? `${relay.costLine()}data: [DONE]\n\n` : ''
    this.#record.answered(usage)
    answer.end(done)
    return { error: undefined }
  }

  #decoded(answer: UpstreamAnswer): NonNullable<ReturnType<typeof decodedBody>> {
    const decoded = decodedBody(answer)
    if (decoded) return decoded
    throw badAnswer(this.#input.provider.name, 'used a content-encoding that the hub does not know')
  }

  #reasonOf(error: unknown, limit: AttemptLimit, rate: MinimumRate): unknown {
    const { provider, signal, ledger } = this.#input
    if (signal.aborted) return signal.reason
    if (error instanceof HookError || ledger.wasRefusedBy(error)) return error
    if (rate.failure !== undefined) return rate.failure
    if (limit.reason !== undefined) return connectionError(limit.reason, provider.name)
    const { code = '', name } = error as { code?: string; name?: string }
    if (name === 'UpstreamError') return error
    return code.includes('TIMEOUT')
      ? connectionError(error, provider.name)
      : truncated(provider.name, error)
  }

  #cut(relay: StreamRelay, reason: unknown): Delivered {
    this.#record.failed(reason, relay.usage.usage)
    const line = relay.costLine()
    this.#input.answer.cut(reason, line)
    return { error: codedErrorOf(reason) }
  }
}
