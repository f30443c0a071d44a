import { Type } from '@alkdev/typebox'

export const RESPONSE_SOURCES = ['local', 'http', 'mcp', 'sse'] as const
export type ResponseSource = (typeof RESPONSE_SOURCES)[number]

/** Extra members are kept, so that a relay may add its own. */
interface ExtraMeta {
  /** The hub's id of the call, when it went through a hub. */
  readonly callId?: string
  readonly [extra: string]: unknown
}

export interface LocalResponseMeta extends ExtraMeta {
  readonly source: 'local'
  readonly operationId: string
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

export interface HTTPResponseMeta extends ExtraMeta {
  readonly source: 'http'
  readonly statusCode: number
  /** Names in lower case; several values of one name as an array (`set-cookie`). */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly contentType: string
}

/** One event of an HTTP event stream. */
export interface SSEResponseMeta extends ExtraMeta {
  readonly source: 'sse'
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** `message` unless the stream named another. */
  readonly event: string
  /** The id that a resumed stream would send as `Last-Event-ID`. */
  readonly lastEventId: string
}

export interface MCPAnnotations {
  readonly audience?: readonly ('user' | 'assistant')[]
  readonly priority?: number
  readonly lastModified?: string
}

export interface MCPResourceContent {
  readonly uri: string
  readonly mimeType?: string
  readonly text?: string
  readonly blob?: string
}

export type MCPContentBlock =
  | { readonly type: 'text'; readonly text: string; readonly annotations?: MCPAnnotations }
  | {
      readonly type: 'image' | 'audio'
      readonly data: string
      readonly mimeType: string
      readonly annotations?: MCPAnnotations
    }
  | {
      readonly type: 'resource'
      readonly resource: MCPResourceContent
      readonly annotations?: MCPAnnotations
    }
  | {
      readonly type: 'resource_link'
      readonly uri: string
      readonly name: string
      readonly description?: string
      readonly mimeType?: string
    }

export interface MCPResponseMeta extends ExtraMeta {
  readonly source: 'mcp'
  readonly isError: boolean
  readonly content: readonly MCPContentBlock[]
  readonly structuredContent?: Readonly<Record<string, unknown>>
  readonly _meta?: Readonly<Record<string, unknown>>
}

export type ResponseMeta = LocalResponseMeta | HTTPResponseMeta | MCPResponseMeta | SSEResponseMeta

/** The answer of every call: the operation's output and its origin (`meta.source`). */
export interface ResponseEnvelope<T = unknown> {
  readonly data: T
  readonly meta: ResponseMeta
}

const callId = Type.Optional(Type.String())
const headers = Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]))

export const ResponseMetaSchema = Type.Union([
  Type.Object({
    source: Type.Literal('local'),
    operationId: Type.String(),
    timestamp: Type.Number(),
    callId,
  }),
  Type.Object({
    source: Type.Literal('http'),
    statusCode: Type.Number(),
    headers,
    contentType: Type.String(),
    callId,
  }),
  Type.Object({
    source: Type.Literal('mcp'),
    isError: Type.Boolean(),
    content: Type.Array(Type.Object({ type: Type.String() })),
    structuredContent: Type.Optional(Type.Object({})),
    _meta: Type.Optional(Type.Object({})),
    callId,
  }),
  Type.Object({
    source: Type.Literal('sse'),
    statusCode: Type.Number(),
    headers,
    event: Type.String(),
    lastEventId: Type.String(),
    callId,
  }),
])

export const ResponseEnvelopeSchema = Type.Object({
  data: Type.Unknown(),
  meta: ResponseMetaSchema,
})

/** The answer of a handler in this process, with the current time. */
export function localEnvelope<T>(data: T, operationId: string): ResponseEnvelope<T> {
  return { data, meta: { source: 'local', operationId, timestamp: Date.now() } }
}

export function httpEnvelope<T>(
  data: T,
  meta: Pick<HTTPResponseMeta, 'statusCode' | 'headers' | 'contentType'>,
): ResponseEnvelope<T> {
  return { data, meta: { ...meta, source: 'http' } }
}

export function mcpEnvelope<T>(
  data: T,
  meta: Pick<MCPResponseMeta, 'isError' | 'content' | 'structuredContent' | '_meta'>,
): ResponseEnvelope<T> {
  return { data, meta: { ...meta, source: 'mcp' } }
}

export function sseEnvelope<T>(
  data: T,
  meta: Pick<SSEResponseMeta, 'statusCode' | 'headers' | 'event' | 'lastEventId'>,
): ResponseEnvelope<T> {
  return { data, meta: { ...meta, source: 'sse' } }
}

/**
 * True when a value is an envelope. Decided by its shape, because envelopes are sent between processes as JSON: a handler that
 * returns plain data of exactly this shape returns an envelope. `data` may be missing when it was undefined.
 */
export function isResponseEnvelope(value: unknown): value is ResponseEnvelope {
  if (typeof value !== 'object' || value === null) return false
  const meta = (value as { meta?: unknown }).meta
  if (typeof meta !== 'object' || meta === null) return false
  const m = meta as Record<string, unknown>
  switch (m['source']) {
    case 'local':
      return typeof m['operationId'] === 'string' && typeof m['timestamp'] === 'number'
    case 'http':
      return (
        typeof m['statusCode'] === 'number' &&
        isRecord(m['headers']) &&
        typeof m['contentType'] === 'string'
      )
    case 'mcp':
      return typeof m['isError'] === 'boolean' && Array.isArray(m['content'])
    case 'sse':
      return (
        typeof m['statusCode'] === 'number' &&
        isRecord(m['headers']) &&
        typeof m['event'] === 'string' &&
        typeof m['lastEventId'] === 'string'
      )
    default:
      return false
  }
}

/** The data of an envelope. */
export function unwrap<T>(envelope: ResponseEnvelope<T>): T {
  return envelope.data
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
