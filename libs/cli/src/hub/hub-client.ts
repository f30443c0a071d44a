import { readFile } from 'node:fs/promises'
import { OperatorError } from '@alkdev/errors'
import { httpFetch } from '@alkdev/std/fetch'
import type { FlagSpec, Parsed } from '../command.ts'
import { readStack } from '../stack/lock.ts'
import { stackPaths } from '../stack/paths.ts'
import { parseAnswer } from './parse-answer.ts'
import { readEvents } from './read-events.ts'
import type { ServerEvent } from './read-events.ts'

/** Flags of every command that talks to a hub. */
export const hubFlags = {
  hub: {
    type: 'string',
    value: 'URL',
    summary: "The hub's URL (default: the stack of this clone).",
  },
  'key-file': {
    type: 'string',
    value: 'FILE',
    summary: 'File that holds the API key (default: .alkhub/admin.key of this clone).',
  },
} as const satisfies Record<string, FlagSpec>

/** What the hub answered when it refused or failed: a problem document as an error with its fix. */
export class HubProblemError extends OperatorError {
  readonly code: string
  readonly details: unknown

  constructor(problem: { code: string; detail: string; requestId?: string; details?: unknown }) {
    const paths = failingPaths(problem.details)
    super(
      `${problem.code}: ${problem.detail}${paths}`,
      fixes[problem.code] ?? (problem.requestId ? `The call's id is ${problem.requestId}.` : ''),
    )
    this.code = problem.code
    this.details = problem.details
  }
}

const fixes: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'Give a valid key with --key-file FILE.',
  OPERATION_NOT_FOUND: 'Find its name with `alkhub ops [words]`.',
  PROVIDER_UNAVAILABLE: 'Attach its spoke, then call again: nothing has run.',
  VALIDATION_ERROR: 'What it takes is shown by `alkhub schema OPERATION`.',
  OVERLOADED: 'Call again in a moment: nothing has run.',
}

function failingPaths(details: unknown): string {
  const { errors, missing } = (details ?? {}) as {
    errors?: { path: string; message: string }[]
    missing?: string[]
  }
  if (Array.isArray(missing) && missing.length > 0) return ` Missing: ${missing.join(', ')}.`
  if (!Array.isArray(errors) || errors.length === 0) return ''
  return `\n${errors.map((error) => `  ${error.path || '/'}: ${error.message}`).join('\n')}\n`
}

/** What the hub answered: the data of a query or mutation, or the events of a subscription. */
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

  /** From `--hub` and `--key-file`, else from the stack of this clone. */
  static async from(args: Parsed, signal: AbortSignal): Promise<HubClient> {
    const paths = stackPaths()
    const url = args.text('hub') ?? (await readStack(paths))?.report?.urls.gateway
    if (url === undefined)
      throw new OperatorError(
        'No hub runs in this clone.',
        'Start one with `./alkhub up`, or name one with --hub URL.',
      )
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new OperatorError(`--hub takes an http or https URL, not \`${url}\`.`, '')
    if (new URL(url).password !== '')
      throw new OperatorError(
        'A password in the URL would be seen by everybody on this machine.',
        'Give a key with --key-file FILE.',
      )
    return new HubClient(url, await readKey(args.text('key-file') ?? paths.adminKey), signal)
  }

  async get<T>(path: string): Promise<T> {
    return jsonOf<T>(await this.#request('GET', path))
  }

  async delete<T>(path: string): Promise<T> {
    return jsonOf<T>(await this.#request('DELETE', path))
  }

  /** Calls an operation and resolves with its data. */
  async call<T>(
    operationId: string,
    input: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const path = `/api/operations/${encodeURIComponent(operationId)}`
    const response = await this.#request('POST', path, input, headers)
    return (await jsonOf<{ data: T }>(response)).data
  }

  /**
   * Calls an operation of whichever kind. Resolves with the data, or with the server-sent events of a subscription, of which leaving the loop
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

  /**
   * POSTs to a path of the hub with the key and resolves with whatever it answers; rejects when nobody does. For the MCP relay:
   * no time limit.
   */
  post(
    path: string,
    body: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Response> {
    return httpFetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${this.#key}` },
      body,
      signal: AbortSignal.any([this.#signal, signal]),
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
      throw new OperatorError(
        `No hub answers at ${this.url}.`,
        'Check the URL, or start one with `./alkhub up`.',
        { cause },
      )
    })
    if (response.ok) return response
    const problem = await jsonOf<{ code?: string; detail?: string }>(response).catch(
      () => undefined,
    )
    throw new HubProblemError({
      ...problem,
      code: problem?.code ?? `HTTP ${response.status}`,
      detail: problem?.detail ?? `${this.url} does not answer like a hub.`,
    })
  }
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

async function readKey(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new OperatorError(
      `The key file ${file} can't be read.`,
      'Name another with --key-file FILE.',
      { cause },
    )
  })
  const key = text.trim()
  if (!/^\S{8,512}$/.test(key))
    throw new OperatorError(
      `${file} does not hold one API key.`,
      'It must be one line, the key alone.',
    )
  return key
}
