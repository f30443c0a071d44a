import type { IncomingHttpHeaders } from 'node:http'
import {
  classifyInboundRequest,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  isJsonContentType,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server'
import { isMembers } from './members-of.ts'

const REVISION = '2026-07-28'
/** Those whose clients name them, and differ in nothing that a call shows. */
const OLDER: ReadonlySet<unknown> = new Set(['2025-11-25', '2025-06-18'])
const METHOD = 'tools/call'
const PARAMS: ReadonlySet<string> = new Set(['name', 'arguments', '_meta'])
/** Without a progress token: its reports come in a stream. */
const OLDER_META: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage'])
const META: ReadonlySet<string> = new Set([
  ...OLDER_META,
  PROTOCOL_VERSION_META_KEY,
  CLIENT_INFO_META_KEY,
  CLIENT_CAPABILITIES_META_KEY,
])
/** The clients of which is remembered what they say of themselves, and its length as JSON. */
const MAX_CLIENTS = 1000
const MAX_CLIENT_LENGTH = 2000

/** A `tools/call` whose every part is usual, so that its answer does not depend on how the SDK reads it. */
export interface PlainCall {
  /** The revision is 2026-07-28; otherwise 2025-11-25, or the one before it. */
  readonly isModern: boolean
  readonly id: string | number
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  readonly meta: Readonly<Record<string, unknown>>
}

/** Tells plain calls from all other requests, which stay with the SDK: also those that are malformed in any way. */
export class PlainCalls {
  readonly #tools: ReadonlySet<string>
  /** What clients say of themselves in each request, as JSON, as far as the SDK has found it valid. */
  readonly #clients = new Set<string>()

  /** `tools`: the names of the tools. */
  constructor(tools: Iterable<string>) {
    this.#tools = new Set(tools)
  }

  /** The call of a POST with this body; undefined when it is not a plain one. */
  read(headers: IncomingHttpHeaders, body: unknown): PlainCall | undefined {
    const revision = headers['mcp-protocol-version']
    const isModern = revision === REVISION
    if (!isModern && !(OLDER.has(revision) && takesBoth(headers))) return undefined
    if (!isJsonContentType(headers['content-type'])) return undefined
    if (!isMembers(body) || Object.keys(body).length !== 4) return undefined
    const { jsonrpc, id, method, params } = body
    if (jsonrpc !== '2.0' || method !== METHOD || !isRequestId(id)) return undefined
    if (!isMembers(params) || !hasOnly(params, PARAMS)) return undefined
    const { name, arguments: input = {}, _meta: meta = {} } = params
    if (typeof name !== 'string' || !this.#tools.has(name)) return undefined
    if (!isMembers(input) || hasSpecialName(input)) return undefined
    if (!isMembers(meta) || !hasOnly(meta, isModern ? META : OLDER_META)) return undefined
    const call = { isModern, id, name, input, meta }
    if (!isModern) return call
    if (headers['mcp-method'] !== METHOD || headers['mcp-name'] !== name) return undefined
    if (meta[PROTOCOL_VERSION_META_KEY] !== REVISION) return undefined
    return this.#isValidClient(body, name, meta) ? call : undefined
  }

  /** Every request of a client says the same of it, so the SDK checks it once. */
  #isValidClient(body: object, name: string, meta: PlainCall['meta']): boolean {
    const client = JSON.stringify({
      info: meta[CLIENT_INFO_META_KEY],
      capabilities: meta[CLIENT_CAPABILITIES_META_KEY],
    })
    if (this.#clients.has(client)) return true
    if (client.length > MAX_CLIENT_LENGTH) return false
    const { kind } = classifyInboundRequest({
      httpMethod: 'POST',
      protocolVersionHeader: REVISION,
      mcpMethodHeader: METHOD,
      mcpNameHeader: name,
      body,
    })
    if (kind !== 'modern') return false
    if (this.#clients.size >= MAX_CLIENTS) this.#clients.clear()
    this.#clients.add(client)
    return true
  }
}

/** Older clients must take JSON and streams; a header that is absent, or takes everything, takes both. */
function takesBoth({ accept }: IncomingHttpHeaders): boolean {
  if (accept === undefined || accept.includes('*/*')) return true
  return accept.includes('application/json') && accept.includes('text/event-stream')
}

function isRequestId(id: unknown): id is string | number {
  return typeof id === 'string' || Number.isSafeInteger(id)
}

function hasOnly(members: object, names: ReadonlySet<string>): boolean {
  return Object.keys(members).every((name) => names.has(name))
}

/** The SDK copies arguments, and these names do not survive every copy. */
function hasSpecialName(members: object): boolean {
  return Object.hasOwn(members, '__proto__') || Object.hasOwn(members, 'constructor')
}
