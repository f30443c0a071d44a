export const RESPONSE_SOURCES = ['local', 'http', 'mcp', 'sse'] as const
export type ResponseSource = (typeof RESPONSE_SOURCES)[number]

export interface LocalResponseMeta {
  readonly source: 'local'
  readonly operationId: string
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  /** The hub's id of the call, when it went through a hub. */
  readonly callId?: string
}

// TODO(operations): http, mcp and sse metas; factories; isResponseEnvelope; unwrap.
export type ResponseMeta = LocalResponseMeta | ({ readonly source: ResponseSource } & Readonly<Record<string, unknown>>)

export interface ResponseEnvelope<T = unknown> {
  readonly data: T
  readonly meta: ResponseMeta
}
