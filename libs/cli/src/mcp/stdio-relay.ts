import { parseJsonOutline, unlessAborted } from '@alkdev/std'
import { NoHubError } from '../failure.ts'
import { parseAnswer } from '../hub/parse-answer.ts'
import { readEvents } from '../hub/read-events.ts'
import { messageLines, TOO_LONG } from './message-lines.ts'
import { relayChanges } from './relay-changes.ts'
import { requestHeaders } from './request-headers.ts'
import type { Negotiated, RpcMessage } from './request-headers.ts'

/** JSON-RPC codes for failures before the hub answered. */
const PARSE_ERROR = -32_700
const INVALID_REQUEST = -32_600
const SERVER_ERROR = -32_000

/** Maximum messages in progress; one more is refused. */
const MAX_IN_FLIGHT = 256
/** Levels of a message in which its id, its method and the name of its tool are. */
const OUTLINE_LEVELS = 4
/** Milliseconds that pending answers have once the client has closed its end. */
const LINGER_MS = 10_000

export interface RelayInput {
  /** Lines of JSON-RPC from the client. */
  readonly input: AsyncIterable<unknown>
  /** Takes a line for the client, without its end; resolves when the next may come. */
  readonly write: (line: string) => Promise<void>
  /** Sends one message to the hub's `/mcp`. */
  readonly post: (
    body: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ) => Promise<Response>
  /** Opens the stream in which the hub reports changes to a client before 2026-07-28. */
  readonly open: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>
  /** The hub's address, for sentences. */
  readonly where: string
  readonly signal: AbortSignal
}

/** The hub refused before its MCP server saw the message. */
class RefusedError extends Error {}

class StdioRelay {
  readonly #to: RelayInput
  /** Requests in progress, by id. */
  readonly #running = new Map<string, AbortController>()
  readonly #pending = new Set<Promise<void>>()
  /** What `initialize` returned. */
  #negotiated: Negotiated = {}
  /** Ends the stream of changes. */
  #changes: AbortController | undefined

  constructor(to: RelayInput) {
    this.#to = to
  }

  async run(): Promise<void> {
    const { input, signal } = this.#to
    const stopAll = (): void => {
      this.#changes?.abort()
      for (const controller of this.#running.values()) controller.abort()
    }
    signal.addEventListener('abort', stopAll, { once: true })
    try {
      for await (const line of untilAborted(messageLines(input), signal)) await this.#take(line)
      this.#changes?.abort()
      const linger = setTimeout(stopAll, signal.aborted ? 0 : LINGER_MS)
      await Promise.all(this.#pending)
      clearTimeout(linger)
    } finally {
      stopAll()
      signal.removeEventListener('abort', stopAll)
    }
  }

  async #take(line: string | typeof TOO_LONG): Promise<void> {
    if (line === TOO_LONG)
      return this.#refuse(
        null,
        INVALID_REQUEST,
        'A message of more than 16 Mi characters was left out.',
      )
    const message = parse(line) ?? outlineOf(line)
    if (message === undefined)
      return this.#refuse(null, PARSE_ERROR, 'This line is not a JSON-RPC message.')
    if (message.method === 'notifications/cancelled') {
      // The hub keeps nothing between requests, so a cancellation ends the request.
      this.#running.get(keyOf(message.params?.['requestId']))?.abort()
      return undefined
    }
    if (message.method !== undefined && typeof message.method !== 'string')
      return this.#refuse(message.id, INVALID_REQUEST, 'The method of a message is a text.')
    const isRequest = message.id !== undefined && message.method !== undefined
    if (isRequest && this.#running.has(keyOf(message.id)))
      return this.#refuse(message.id, INVALID_REQUEST, 'A request with this id is under way.')
    if (this.#pending.size >= MAX_IN_FLIGHT)
      return isRequest
        ? this.#refuse(message.id, SERVER_ERROR, 'Too many requests are under way.')
        : undefined
    const work = this.#serve(line, message, isRequest)
    this.#pending.add(work)
    void work.finally(() => this.#pending.delete(work))
    return undefined
  }

  /** One message: never rejects, and answers every request that was not cancelled. */
  async #serve(line: string, message: RpcMessage, isRequest: boolean): Promise<void> {
    const key = keyOf(message.id)
    const controller = new AbortController()
    if (isRequest) this.#running.set(key, controller)
    const done = { answered: false }
    const forward = async (text: string): Promise<void> => {
      const read = parse(text)
      if (read === undefined) return
      // The hub did not read the id of a message that it refused.
      const isRefusal = read.method === undefined && (read.id ?? null) === null
      const answer = isRefusal && message.id !== undefined ? { ...read, id: message.id } : read
      if (answer.method === undefined && keyOf(answer.id) === key) done.answered = true
      const version = message.method === 'initialize' ? versionOf(answer) : undefined
      if (version !== undefined)
        this.#negotiated = { ...this.#negotiated, version, changes: hasChanges(answer) }
      // JSON may span several lines, but a message must be one line here.
      const isAsItCame = answer === read && !text.includes('\n')
      await this.#to.write(isAsItCame ? text : JSON.stringify(answer))
    }
    try {
      const headers = requestHeaders(message, this.#negotiated)
      const response = await this.#to.post(line, headers, controller.signal)
      const session = response.headers.get('mcp-session-id')
      if (message.method === 'initialize' && session !== null)
        this.#negotiated = { ...this.#negotiated, session }
      await forwardAnswer(response, forward)
      if (message.method === 'notifications/initialized') this.#followChanges()
      if (isRequest && !done.answered)
        await this.#refuse(message.id, SERVER_ERROR, 'The hub ended without an answer.')
    } catch (error) {
      if (!isRequest || done.answered || controller.signal.aborted) return
      await this.#refuse(message.id, SERVER_ERROR, this.#reasonOf(error))
    } finally {
      if (isRequest) this.#running.delete(key)
    }
  }

  /** For a client to which the answer to `initialize` said that something may change. */
  #followChanges(): void {
    const { open, write, signal: stopping } = this.#to
    const negotiated = this.#negotiated
    this.#changes?.abort()
    if (negotiated.changes !== true || stopping.aborted) return
    this.#changes = new AbortController()
    const headers = {
      ...requestHeaders({ method: 'notifications/initialized' }, negotiated),
      accept: 'text/event-stream',
    }
    void relayChanges({
      open: (signal) => open(headers, signal),
      forward: async (text) => {
        const read = parse(text)
        if (read !== undefined) await write(text.includes('\n') ? JSON.stringify(read) : text)
      },
      signal: this.#changes.signal,
    })
  }

  #reasonOf(error: unknown): string {
    if (error instanceof RefusedError || error instanceof NoHubError) return error.message
    return `The connection to the hub at ${this.#to.where} broke before its answer: the call may have run.`
  }

  #refuse(id: RpcMessage['id'] | null, code: number, message: string): Promise<void> {
    const answer = { jsonrpc: '2.0', id: id ?? null, error: { code, message } }
    return this.#to.write(JSON.stringify(answer))
  }
}

/**
 * Relays MCP between a client on stdio and a hub over Streamable HTTP, message by message, of both eras of the protocol: each line is
 * a POST, each JSON body or server-sent event of its answer a line. `notifications/cancelled` ends the request's POST, which aborts
 * the call in the hub. What the hub reports without a request comes from a stream that is opened when an older client has begun. Ends when the client closes its end (answers on their way get 10 s) or the signal aborts. 256 messages may be
 * under way.
 */
export function relayStdio(input: RelayInput): Promise<void> {
  return new StdioRelay(input).run()
}

function keyOf(id: unknown): string {
  return JSON.stringify(id ?? null)
}

function parse(text: string): RpcMessage | undefined {
  try {
    const value = parseAnswer(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? value : undefined
  } catch {
    return undefined
  }
}

/** A message that is nested deeper than the hub accepts: with its id, by which the hub answers. */
function outlineOf(line: string): RpcMessage | undefined {
  try {
    const value = parseJsonOutline(line, OUTLINE_LEVELS)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? value : undefined
  } catch {
    return undefined
  }
}

async function forwardAnswer(
  response: Response,
  forward: (text: string) => Promise<void>,
): Promise<void> {
  const type = response.headers.get('content-type') ?? ''
  if (type.startsWith('text/event-stream') && response.body) {
    for await (const event of readEvents(response.body))
      if (event.data !== '') await forward(event.data)
    return
  }
  const text = await response.text()
  if (type.startsWith('application/json')) {
    if (text.trim() !== '') await forward(text)
  } else if (!response.ok) throw new RefusedError(refusalOf(response.status, text))
}

function refusalOf(status: number, text: string): string {
  const problem = parse(text) as { code?: string; detail?: string } | undefined
  if (problem?.code === undefined) return `The hub answered HTTP ${status}.`
  const fix =
    problem.code === 'UNAUTHENTICATED' ? ' Start it with a valid key: --key-file FILE.' : ''
  return `${problem.code}: ${problem.detail ?? ''}${fix}`
}

function versionOf(answer: RpcMessage): string | undefined {
  const { result } = answer as { result?: { protocolVersion?: unknown } }
  return typeof result?.protocolVersion === 'string' ? result.protocolVersion : undefined
}

function hasChanges(answer: RpcMessage): boolean {
  const { result } = answer as { result?: { capabilities?: Record<string, unknown> } }
  return Object.values(result?.capabilities ?? {}).some((one) => {
    const { listChanged, subscribe } = (one ?? {}) as { listChanged?: unknown; subscribe?: unknown }
    return listChanged === true || subscribe === true
  })
}

/** The items until the signal aborts, also while the next one is waited for. */
async function* untilAborted<T>(
  items: AsyncGenerator<T, void>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  for (;;) {
    const next = await unlessAborted(items.next(), signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
      return undefined
    })
    if (next === undefined || next.done === true) return
    yield next.value
  }
}
