import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { canonicalJson } from '@alkdev/std'
import { isBroken } from '../providers/provider.ts'
import type { Candidate } from '../routing/candidate.ts'
import { listOf, member } from '../usage/usage.ts'
import type { Endpoint } from './endpoint.ts'
import type { ModelBody } from './model-body.ts'
import { answerHeaders } from './passed-request-headers.ts'

/** Members of a request whose answer depends on what the provider keeps, or on what it reads elsewhere. */
const STATEFUL = [
  'previous_response_id',
  'conversation',
  'container',
  'mcp_servers',
  'web_search_options',
] as const
const MAX_ANSWER_BYTES = 1024 * 1024
const MAX_BYTES = 64 * 1024 * 1024

/** Where an answer is kept, and for how long. */
export interface CachePlace {
  readonly id: string
  readonly keptMs: number
}

interface Kept {
  readonly bytes: Buffer
  readonly until: number
}

/**
 * Whole answers to deterministic requests, in the memory of this process: at most 64 MiB, 1 MiB each, the least recently used one goes
 * first. Prompts are kept as a hash.
 */
export class AnswerCache {
  readonly #maxBytes: number
  readonly #answers = new Map<string, Kept>()
  #bytes = 0

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Undefined when there is none, or its time is over. */
  get({ id }: CachePlace): Buffer | undefined {
    const kept = this.#answers.get(id)
    if (kept === undefined) return undefined
    this.#delete(id, kept)
    if (performance.now() >= kept.until) return undefined
    this.#answers.set(id, kept)
    this.#bytes += kept.bytes.length
    return kept.bytes
  }

  set({ id, keptMs }: CachePlace, bytes: Buffer): void {
    if (bytes.length > Math.min(MAX_ANSWER_BYTES, this.#maxBytes)) return
    const former = this.#answers.get(id)
    if (former !== undefined) this.#delete(id, former)
    this.#answers.set(id, { bytes, until: performance.now() + keptMs })
    this.#bytes += bytes.length
    for (const [oldest, kept] of this.#answers) {
      if (this.#bytes <= this.#maxBytes) break
      this.#delete(oldest, kept)
    }
  }

  #delete(id: string, { bytes }: Kept): void {
    this.#answers.delete(id)
    this.#bytes -= bytes.length
  }
}

/** What decides an answer beside the bytes of the request. */
export interface CachedRequest {
  readonly accountId: string
  /** Of the client. */
  readonly headers: IncomingHttpHeaders
  /** The most output tokens, where the hub sets them: keys of one account may have different ones. */
  readonly outputLimit: number | undefined
}

/**
 * The place of the answer to a request; undefined when it is not kept: its provider keeps none, the request is not deterministic, or it asks for a
 * stream. Equal are requests of one account with the same bytes to the same model, with the same headers for the provider and the same limit
 * of output, as long as the config of the provider is the same.
 */
export function cachePlaceOf(
  { path, protocol, isFree }: Endpoint,
  { bytes, value }: ModelBody,
  candidate: Candidate | undefined,
  { accountId, headers, outputLimit }: CachedRequest,
): CachePlace | undefined {
  if (candidate === undefined || isBroken(candidate.provider) || isFree === true) return undefined
  const { provider, model } = candidate
  const { id: providerId, config } = provider
  const isDeterministic = protocol === 'embeddings' || value['temperature'] === 0
  // Tools that the provider runs itself (a search, another MCP server) see another world each time.
  const runsTools = listOf(value['tools']).some(
    (tool) =>
      !['function', 'custom', undefined].includes(member(tool, 'type') as string | undefined),
  )
  const isStored =
    value['store'] === true ||
    value['background'] === true ||
    // A prompt that is stored at the provider; that of `completions` is a text.
    member(value['prompt'], 'id') !== undefined ||
    STATEFUL.some((name) => value[name] !== undefined && value[name] !== null)
  if (config.cacheSeconds === undefined || !isDeterministic || isStored || runsTools)
    return undefined
  if (value['stream'] === true) return undefined
  const decides = canonicalJson([
    accountId,
    providerId,
    config,
    model,
    path,
    outputLimit ?? null,
    answerHeaders(headers, provider),
  ])
  const hash = createHash('sha256').update(`${decides}\0`).update(bytes)
  return { id: hash.digest('base64url'), keptMs: config.cacheSeconds * 1000 }
}
