import { OperatorError } from '@alkdev/errors'
import { wasNeverSent } from '@alkdev/operations'
import { httpFetch } from '@alkdev/std/fetch'
import type { Io, Parsed } from '../command.ts'
import { HubProblemError, NoHubError } from '../failure.ts'
import { hubTarget, readKeyFile } from './hub-target.ts'
import { withNearestName } from './nearest-name.ts'
import { parseAnswer } from './parse-answer.ts'
import { readEvents } from './read-events.ts'
import type { ServerEvent } from './read-events.ts'

/** The answer of the hub: the data of a query or mutation, or the events of a subscription. */
export type OpenedOperation =
  | { readonly kind: 'answer'; readonly data: unknown }
  | { readonly kind: 'stream'; readonly events: AsyncIterable<ServerEvent> }

/** HTTP client of one hub for one key. Every request has a time limit. */
export class HubClient {
  readonly url: string
  readonly #key: string
  readonly #signal: AbortSignal

  constructor(url: string, key: string, signal: AbortSignal) {
    this.url = url.replace(/\/+$/, '')
    this.#key = key
    this.#signal = signal
  }

  /** A client for the hub that flags, environment, the current context or the stack of this clone name (see hubTarget). */
  static async from(args: Parsed, io: Pick<Io, 'env' | 'signal'>): Promise<HubClient> {
    const { url, keyFile } = await hubTarget(args, io)
    return new HubClient(url, await readKeyFile(keyFile), io.signal)
  }

  async get<T>(path: string): Promise<T> {
    return jsonOf<T>(await this.#request('GET', path))
  }

  /** POSTs without a body, to an address that is no operation. */
  async postJson<T>(path: string): Promise<T> {
    return jsonOf<T>(await this.#request('POST', path))
  }

  async delete<T>(path: string): Promise<T> {
    return jsonOf<T>(await this.#request('DELETE', path))
  }

  /** Calls an operation and resolves with its data. When the operation does not find a name, the error suggests the most similar names. */
  async call<T>(
    operationId: string,
    input: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const path = `/api/operations/${encodeURIComponent(operationId)}`
    const response = await this.#request('POST', path, input, headers).catch(
      async (error: unknown) => {
        throw await withNearestName(this, operationId, input, error)
      },
    )
    return (await jsonOf<{ data: T }>(response)).data
  }

  /** Queues a call (`Prefer: respond-async`). Resolves with its id once the hub has stored it. */
  async queue(
    operationId: string,
    input: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ readonly callId: string }> {
    const path = `/api/operations/${encodeURIComponent(operationId)}`
    const prefer = { ...headers, prefer: 'respond-async' }
    return jsonOf<{ callId: string }>(await this.#request('POST', path, input, prefer))
  }

  /**
   * Calls an operation of any kind. Resolves with the data, or with the server-sent events of a subscription, of which leaving the loop
   * aborts the call. Without a time limit of its own: the hub's ends the call.
   */
  async open(
    operationId: string,
    input: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<OpenedOperation> {
    const path = `/api/operations/${encodeURIComponent(operationId)}`
    const accepting = { ...headers, accept: 'application/json, text/event-stream' }
    const response = await this.#request('POST', path, input, accepting, false)
    const type = response.headers.get('content-type') ?? ''
    if (type.startsWith('text/event-stream') && response.body)
      return { kind: 'stream', events: readEvents(response.body) }
    return { kind: 'answer', data: (await jsonOf<{ data: unknown }>(response)).data }
  }

  /** POSTs to a path of the hub with the key and resolves with any answer; rejects when there is no answer. Without a time limit. */
  async post(
    path: string,
    body: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const ended = AbortSignal.any([this.#signal, signal])
    return httpFetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${this.#key}` },
      body,
      signal: ended,
    }).catch((cause: unknown) => {
      if (ended.aborted) throw cause
      throw this.#noHub(cause)
    })
  }

  /** Opens a stream with GET. Rejects with NoHubError when no hub answers. */
  async stream(
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    const ended = AbortSignal.any([this.#signal, signal])
    return httpFetch(`${this.url}${path}`, {
      headers: { ...headers, authorization: `Bearer ${this.#key}` },
      signal: ended,
    }).catch((cause: unknown) => {
      if (ended.aborted) throw cause
      throw this.#noHub(cause)
    })
  }

  async #request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    limited = true,
  ): Promise<Response> {
    const limit = limited ? [AbortSignal.timeout(610_000)] : []
    const response = await httpFetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([this.#signal, ...limit]),
    }).catch((cause: unknown) => {
      if (this.#signal.aborted) throw cause
      throw this.#noHub(cause)
    })
    if (response.ok) return response
    throw await problemOf(response, this.url)
  }

  #noHub(cause: unknown): NoHubError {
    if (!wasNeverSent(cause))
      return new NoHubError(
        `The connection to the hub at ${this.url} broke before its answer: what was asked may have been done.`,
        'See with `./alkhub calls list` what ran before you repeat it.',
        { cause },
      )
    return new NoHubError(
      `No hub answers at ${this.url}.`,
      'Check the URL, or start one with `./alkhub up`.',
      { cause },
    )
  }
}

async function problemOf(response: Response, url: string): Promise<HubProblemError> {
  const problem = await jsonOf<{ code?: string; detail?: string }>(response).catch(() => undefined)
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const operation = /\/api\/operations\/([^/?]+)$/.exec(response.url)?.[1]
  return new HubProblemError(
    {
      ...problem,
      code: problem?.code ?? `HTTP_${response.status}`,
      detail: problem?.detail ?? `${url} does not answer like a hub.`,
      ...(Number.isFinite(retryAfter) && { retryAfterMs: retryAfter * 1000 }),
    },
    operation === undefined ? undefined : decodeURIComponent(operation),
  )
}

/** Throws OperatorError for an answer that is not JSON or nested deeper than any hub answers. */
async function jsonOf<T>(response: Response): Promise<T> {
  try {
    return parseAnswer(await response.text()) as T
  } catch (cause) {
    throw new OperatorError(
      `${response.url} does not answer like a hub.`,
      'Check the URL that --hub names.',
      { cause },
    )
  }
}
