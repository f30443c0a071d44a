import { isTraceparent } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { onClosed } from '@alkdev/http'
import { CallError } from '@alkdev/operations'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Dispatcher } from 'undici'
import type { ProxyContext } from '../context.ts'
import { ClientAnswer } from '../relay/client-answer.ts'
import type { Endpoint } from '../relay/endpoint.ts'
import { callHubTool, isReadOnly, planCall } from './call-hub-tool.ts'
import type { HubTools } from './hub-tools.ts'
import type { Conversation, EndedToolCall, Round, ToolCall } from './round.ts'
import { sendRound } from './send-round.ts'
import { readWhole, streamRound } from './read-round.ts'

/** Requests to the model for one request of a client. */
const MAX_ROUNDS = 32
/** Tool calls of one request that are made; the model gets an error for more. */
const MAX_CALLS = 128

export interface ConversationInput {
  readonly endpoint: Endpoint
  readonly conversation: Conversation
  readonly hub: HubTools
  readonly streamed: boolean
  /** The most tool calls that the client wants. */
  readonly maxCalls: number | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Runs the rounds of one request: the model is asked, its calls of hub tools are made, and it is asked again until it calls none. */
export class ConversationRun {
  readonly #context: ProxyContext
  readonly #input: ConversationInput
  readonly #ending = new AbortController()
  #calls = 0
  /** Ids of the model calls. */
  readonly #ids: string[] = []
  #micros: number | undefined = 0

  constructor(context: ProxyContext, input: ConversationInput) {
    this.#context = context
    this.#input = input
  }

  /** Resolves when the client has its answer. Throws the error for a client that has none. */
  async run(): Promise<void> {
    const { endpoint, reply, conversation, streamed } = this.#input
    const { inference } = this.#context.runtime.config
    using answer = new ClientAnswer({
      reply,
      protocol: endpoint.protocol,
      pingMs: inference.streamPingMs,
      stallMs: inference.streamIdleTimeoutMs,
    })
    onClosed(reply.raw, () => {
      if (!reply.raw.writableFinished)
        this.#ending.abort(
          new CodedError('ABORTED', 'The client left before the answer was whole.'),
        )
    })
    if (streamed) answer.startPings()
    try {
      const events = conversation.ended(await this.#make(conversation.approved, ''))
      if (streamed) await this.#write(answer, events)
      await (streamed ? this.#streamRounds(answer) : this.#wholeRounds())
    } catch (error) {
      if (!answer.isBegun) throw error
      answer.cut(error)
    }
  }

  async #wholeRounds(): Promise<void> {
    const { conversation, reply } = this.#input
    for (let at = 0; at < MAX_ROUNDS; at++) {
      // oxlint-disable-next-line no-await-in-loop -- one round after the other
      const sent = await this.#send()
      // oxlint-disable-next-line no-await-in-loop
      const { value, bytes } = await readWhole(sent, this.#maxBytes)
      if (sent.statusCode !== 200 || value === undefined) {
        reply.code(sent.statusCode).headers(passed(sent)).type('application/json').send(bytes)
        return
      }
      const round = conversation.take(value)
      // oxlint-disable-next-line no-await-in-loop
      const { isLast } = await this.#answerCalls(round)
      if (isLast || at === MAX_ROUNDS - 1) {
        this.#sendWhole(sent)
        return
      }
    }
  }

  #sendWhole(last: Dispatcher.ResponseData): void {
    const { conversation, reply } = this.#input
    reply
      .headers(passed(last))
      .header('x-alkhub-calls', this.#ids.join(','))
      .header('content-type', 'application/json; charset=utf-8')
    if (this.#micros === undefined) reply.removeHeader('x-alkhub-cost-micros')
    else reply.header('x-alkhub-cost-micros', String(this.#micros))
    reply.send(conversation.whole())
  }

  async #streamRounds(answer: ClientAnswer): Promise<void> {
    const { conversation, reply } = this.#input
    for (let at = 0; at < MAX_ROUNDS; at++) {
      // oxlint-disable-next-line no-await-in-loop -- one round after the other
      const sent = await this.#send()
      if (sent.statusCode !== 200) {
        // oxlint-disable-next-line no-await-in-loop
        const { value, bytes } = await readWhole(sent, this.#maxBytes)
        if (answer.isBegun) throw failureOf(value)
        reply.code(sent.statusCode).headers(passed(sent)).type('application/json').send(bytes)
        return
      }
      answer.begin(passed(sent))
      // oxlint-disable-next-line no-await-in-loop
      const { isCut } = await streamRound(sent, conversation, (text) => this.#write(answer, text))
      const round = conversation.roundOf()
      if (round === undefined || isCut) {
        // The event of the error has been passed on, or is what the round ended with.
        if (round !== undefined) answer.end(conversation.finish())
        reply.raw.destroy()
        return
      }
      // oxlint-disable-next-line no-await-in-loop
      const { isLast, events } = await this.#answerCalls(round)
      // oxlint-disable-next-line no-await-in-loop
      await this.#write(answer, events)
      if (isLast || at === MAX_ROUNDS - 1) {
        answer.end(conversation.finish())
        return
      }
    }
  }

  async #send(): Promise<Dispatcher.ResponseData> {
    const { context, input } = { context: this.#context, input: this.#input }
    const { endpoint, request, conversation } = input
    const [parent] = this.#ids
    using round = parent === undefined ? undefined : context.relay.parents.give(parent)
    const sent = await sendRound({
      url: context.runtime.url,
      path: endpoint.path,
      headers: request.headers,
      own: round?.headers ?? {},
      body: conversation.body(),
      signal: this.#signal,
    })
    const { 'x-request-id': id, 'x-alkhub-cost-micros': micros } = sent.headers
    this.#ids.push(String(id))
    this.#micros =
      this.#micros === undefined || micros === undefined ? undefined : this.#micros + Number(micros)
    return sent
  }

  /** Makes the calls of a round, or asks the client for its approval of them. */
  async #answerCalls({ calls, isLast }: Round): Promise<{ isLast: boolean; events: string }> {
    const { conversation, hub, request } = this.#input
    const { runtime } = this.#context
    const judged = await Promise.all(
      calls.map(async (call) => {
        const isSafe = call.tool !== 'call' || (await isSafeCall(runtime, call, request))
        return { call, asks: hub.needsApproval(call.tool, isSafe) }
      }),
    )
    const free = judged.filter(({ asks }) => !asks).map(({ call }) => call)
    const asked = judged.filter(({ asks }) => asks).map(({ call }) => call)
    const made = conversation.ended(await this.#make(free, this.#ids.at(-1) ?? ''))
    return {
      isLast: isLast || asked.length > 0,
      events: made + conversation.asked(asked),
    }
  }

  #make(calls: readonly ToolCall[], parentCallId: string): Promise<EndedToolCall[]> {
    const { runtime } = this.#context
    const { request, maxCalls = MAX_CALLS } = this.#input
    const { traceparent } = request.headers
    return Promise.all(
      calls.map(async (call): Promise<EndedToolCall> => {
        try {
          this.#calls += 1
          if (this.#calls > Math.min(maxCalls, MAX_CALLS))
            throw new CallError('RATE_LIMITED', 'No further tool call of this request is made.')
          const planned = planCall(call.tool, call.arguments)
          const output = await callHubTool(runtime, planned, {
            authenticated: request.authenticated,
            parentCallId,
            ...(typeof traceparent === 'string' && isTraceparent(traceparent) && { traceparent }),
            signal: this.#signal,
          })
          return { ...call, output, isError: false }
        } catch (error) {
          this.#signal.throwIfAborted()
          const { code, message } = CallError.from(error)
          return { ...call, output: `${code}: ${message}`, isError: true }
        }
      }),
    )
  }

  get #signal(): AbortSignal {
    return AbortSignal.any([this.#ending.signal, this.#context.runtime.signal])
  }

  get #maxBytes(): number {
    return this.#context.runtime.config.http.maxInferenceBodyBytes
  }

  async #write(answer: ClientAnswer, events: string): Promise<void> {
    if (events !== '') await answer.write(Buffer.from(events))
  }
}

async function isSafeCall(
  runtime: ProxyContext['runtime'],
  call: ToolCall,
  { authenticated }: FastifyRequest,
): Promise<boolean> {
  try {
    return await isReadOnly(runtime, planCall(call.tool, call.arguments), authenticated)
  } catch {
    return false
  }
}

/** Headers of the proxy's own answer to a round. */
function passed({ headers }: Dispatcher.ResponseData): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      (name.startsWith('x-alkhub-') || name === 'retry-after') && typeof value === 'string'
        ? [[name, value]]
        : [],
    ),
  )
}

/** The error of a round after the answer has begun. */
function failureOf(value: unknown): CodedError {
  const { error } = (value ?? {}) as { error?: { message?: unknown } }
  const message = typeof error?.message === 'string' ? error.message : 'A round failed.'
  return new CodedError('UPSTREAM_ERROR', message)
}
