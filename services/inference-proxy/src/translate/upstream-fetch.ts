import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { CodedError } from '@alkdev/errors'
import { codedErrorOf } from '@alkdev/http'
import { parseJson } from '@alkdev/std'
import { request as send } from 'undici'
import type { Dispatcher } from 'undici'
import { deltaScrubberOf, headersOf, packageHeadersOf, scrubberOf } from '../providers/provider.ts'
import type { Provider } from '../providers/provider.ts'
import type { AttemptRecord, AttemptRecordInput } from '../relay/attempt-record.ts'
import { decodedBody, wholeBody } from '../relay/decoded-body.ts'
import { EventReader } from '../relay/event-reader.ts'
import type { StreamPiece } from '../relay/event-reader.ts'
import { membersOf, withMembers } from '../relay/json-members.ts'
import { passedRequestHeaders } from '../relay/passed-request-headers.ts'
import { checkContentType, passedHeaders } from '../relay/refused-answer.ts'
import { requireSuccess } from '../relay/require-success.ts'
import { streamError } from '../relay/stream-error.ts'
import { badAnswer, connectionError, truncated } from '../relay/upstream-error.ts'
import { textOfAnswer, usageOfAnswer } from '../usage/protocol.ts'
import { StreamUsage } from '../usage/stream-usage.ts'
import type { Usage } from '../usage/usage.ts'
import { completedBytes, completeMessage, eventCompleter } from './complete-events.ts'
import { PartFacts } from './part-facts.ts'
import type { PassedTier } from './passed-tier.ts'
import type { AskedProtocol } from './translated-into.ts'

export interface UpstreamFetchInput extends AttemptRecordInput {
  readonly into: AskedProtocol
  readonly record: AttemptRecord
  readonly tier: Pick<PassedTier, 'members'>
}

/**
 * The `fetch` that the AI SDK sends a request of one attempt with: only to the provider, with its key, by the rules for outside addresses. It
 * takes the key out of the answer, and reads the usage and the end of the answer from the bytes of the provider, as for requests that are not
 * translated. Those of a format that only the package knows come from its parts (`take`).
 */
export class UpstreamFetch {
  readonly #input: UpstreamFetchInput
  readonly #stream: StreamUsage | PartFacts
  #whole: Usage | undefined
  #answer: Dispatcher.ResponseData | undefined
  /** Why the request failed; the AI SDK would give its own error. */
  failure: CodedError | undefined
  /** Headers of the provider for the client. */
  headers: Readonly<Record<string, string>> = {}

  constructor(input: UpstreamFetchInput) {
    this.#input = input
    this.#stream = input.into === 'package' ? new PartFacts() : new StreamUsage(input.into)
  }

  readonly fetch: typeof globalThis.fetch = async (url, init) => {
    try {
      return await this.#send(
        typeof url === 'object' && 'url' in url ? url.url : url.toString(),
        init,
      )
    } catch (error) {
      this.failure ??= codedErrorOf(error)
      throw error
    }
  }

  get usage(): Usage | undefined {
    return this.#whole ?? this.#stream.usage
  }

  /** Bytes of text that the model wrote so far. */
  get textBytes(): number {
    return this.#stream.textBytes
  }

  /** The model has finished. */
  get isFinished(): boolean {
    return this.#stream.isFinished && this.failure === undefined
  }

  /** Takes a part of the answer. Throws UpstreamError for an answer that is too long. */
  take(part: LanguageModelV4StreamPart): void {
    if (!(this.#stream instanceof PartFacts)) return
    const { ledger, context, provider } = this.#input
    this.#stream.take(part)
    ledger.textBytes = this.#stream.textBytes
    if (this.textBytes > 0) ledger.onContent()
    const mostBytes = context.runtime.config.http.maxInferenceBodyBytes
    if (this.#stream.textBytes > mostBytes)
      throw badAnswer(provider.name, `sent an answer of more than ${mostBytes} bytes`)
  }

  /** Ends the connection if the answer was not read to its end. */
  end(): void {
    this.#answer?.body.on('error', () => undefined).destroy()
  }

  async #send(url: string, init: RequestInit | undefined): Promise<Response> {
    const { context, provider, request, signal, streamed, record, into } = this.#input
    const body = withTier(bodyWithin(provider, url, init), this.#input.tier)
    const passed = passedRequestHeaders(request.headers, provider, context.runtime.deploymentId)
    const written = new Headers(init?.headers)
    const beta = written.get('anthropic-beta')
    const headers =
      into === 'package'
        ? packageHeadersOf(provider, written, passed)
        : headersOf(provider, { ...passed, ...(beta !== null && { 'anthropic-beta': beta }) })
    const answer = await send(url, {
      method: 'POST',
      dispatcher: context.agent,
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: streamed ? 'text/event-stream' : 'application/json',
      },
      body,
      signal,
    }).catch((error: unknown) => {
      throw connectionError(error, provider.name)
    })
    this.#answer = answer
    await requireSuccess(context, provider, record, answer)
    checkContentType(provider, answer, streamed)
    this.headers = passedHeaders(answer, scrubberOf(provider))
    return streamed ? this.#events(answer) : this.#json(answer)
  }

  async #json(answer: Dispatcher.ResponseData): Promise<Response> {
    const { context, provider, into, ledger } = this.#input
    const scrubber = scrubberOf(provider)
    const mostBytes = context.runtime.config.http.maxInferenceBodyBytes
    const decoded = decodedBody(answer)
    const bytes = await (decoded && wholeBody(decoded, mostBytes))?.catch((error: unknown) => {
      throw truncated(provider.name, error)
    })
    if (bytes === undefined)
      throw badAnswer(provider.name, 'sent an answer that is too long or not readable')
    const text = Buffer.concat([scrubber.push(bytes), scrubber.end()]).toString()
    let value: unknown
    try {
      value = parseJson(text)
    } catch {
      throw badAnswer(provider.name, 'answered with something else than JSON')
    }
    ledger.onContent()
    ledger.onData(value)
    if (into !== 'package') {
      ledger.textBytes = textOfAnswer(into, value)
      this.#whole = usageOfAnswer(into, value)
    }
    const complete = into === 'messages' ? completeMessage(value) : value
    const read = complete === value ? text : JSON.stringify(complete)
    return new Response(read, { headers: { 'content-type': 'application/json' } })
  }

  #events(answer: Dispatcher.ResponseData): Response {
    const { provider } = this.#input
    const decoded = decodedBody(answer)
    if (decoded === undefined)
      throw badAnswer(provider.name, 'used a content-encoding that the hub does not know')
    const events = this.#scrubbed(decoded as AsyncIterable<Buffer>)
    const body = ReadableStream.from(events) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  async *#scrubbed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { provider, context, into } = this.#input
    const mostBytes = context.runtime.config.http.maxInferenceBodyBytes
    let openBytes = 0
    const [scrubber, deltas, reader, complete] = [
      scrubberOf(provider),
      deltaScrubberOf(provider),
      new EventReader(),
      eventCompleter(into),
    ]
    const read = (piece: StreamPiece): Buffer =>
      this.#read(piece.data) ? completedBytes(piece, complete) : Buffer.alloc(0)
    try {
      for await (const chunk of chunks) {
        openBytes += chunk.length
        const pieces = reader.push(chunk)
        if (pieces.some(({ data }) => data !== undefined)) openBytes = 0
        const bytes = Buffer.concat(pieces.map(read))
        // The AI SDK holds an event until it is whole, and the answer is held as long as it is written.
        if (openBytes > mostBytes || this.#stream.textBytes > mostBytes)
          throw (this.failure ??= badAnswer(
            provider.name,
            `sent an event or an answer of more than ${mostBytes} bytes`,
          ))
        yield scrubber.push(deltas.push(bytes))
      }
      const last = reader.end()
      if (last !== undefined) yield scrubber.push(deltas.push(read(last)))
      if (into !== 'package' && !this.#stream.isFinished) this.failure ??= truncated(provider.name)
      yield scrubber.push(deltas.end())
      yield scrubber.end()
    } catch (error) {
      // An error of the stream would drop what the AI SDK has not read yet, and the ledger has counted it. So the stream ends here.
      this.failure ??= failureOf(error, provider.name)
    }
  }

  /** False for an event after the last one. */
  #read(data: unknown): boolean {
    if (data === undefined) return true
    const { provider, ledger } = this.#input
    if (this.#stream instanceof PartFacts) {
      ledger.onData(data)
      return true
    }
    const facts = this.#stream.take(data)
    if (facts === undefined) return false
    ledger.onData(data)
    ledger.textBytes = this.#stream.textBytes
    if (facts.textBytes > 0) ledger.onContent()
    if (facts.isError)
      this.failure ??= streamError(provider.name, this.#stream.failure, scrubberOf(provider))
    return true
  }
}

/**
 * The body of a request that a package of the AI SDK wrote. Throws UpstreamError when it would go elsewhere than below the base URL of the
 * provider.
 */
export function bodyWithin(
  { name, config: { baseUrl } }: Provider,
  url: string,
  init: RequestInit | undefined,
): string {
  const [base, asked] = [new URL(baseUrl), new URL(url)]
  const isBelow = asked.pathname.startsWith(`${base.pathname.replace(/\/+$/, '')}/`)
  if (asked.origin === base.origin && isBelow && typeof init?.body === 'string') return init.body
  throw badAnswer(name, 'would be asked at another address')
}

/** The packages know few tiers, and each only for some models. */
function withTier(body: string, { members }: Pick<PassedTier, 'members'>): string | Buffer {
  if (Object.keys(members).length === 0) return body
  const bytes = Buffer.from(body)
  const object = membersOf(bytes)
  return object === undefined ? body : withMembers(bytes, object, members)
}

function failureOf(error: unknown, provider: string): CodedError {
  const { code = '' } = error as { readonly code?: string }
  return code.includes('TIMEOUT') ? connectionError(error, provider) : truncated(provider, error)
}
