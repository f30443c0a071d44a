import type { AccessControl, IOperationDefinition } from '../../../registry/types.ts'

/** A node of an OpenAPI document: any JSON value. */
export type Node = Readonly<Record<string, unknown>>

/** An OpenAPI 3.0 or 3.1 description, as parsed JSON or YAML. Only the members that are read are declared. */
export interface OpenAPISpec {
  readonly openapi: string
  readonly info?: { readonly title?: string; readonly version?: string }
  readonly servers?: readonly unknown[]
  readonly paths?: Readonly<Record<string, unknown>>
  readonly components?: Readonly<Record<string, unknown>>
  readonly security?: readonly unknown[]
  readonly [member: string]: unknown
}

export interface OpenAPIParameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: unknown
  readonly style?: string
  readonly explode?: boolean
  readonly allowReserved?: boolean
  readonly content?: Node
  readonly [member: string]: unknown
}

export interface OpenAPIOperation {
  readonly operationId?: string
  readonly summary?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly unknown[]
  readonly requestBody?: unknown
  readonly responses?: Readonly<Record<string, unknown>>
  readonly security?: readonly unknown[]
  readonly servers?: readonly unknown[]
  readonly deprecated?: boolean
  readonly [member: string]: unknown
}

/** A secret, or a function that returns one for each request. */
export type Secret = string | (() => string | Promise<string>)

/**
 * What a security scheme of the document needs: `token` for apiKey, bearer, oauth2 and openIdConnect; `username` and `password` for basic.
 */
export type SchemeCredentials =
  | { readonly token: Secret }
  | { readonly username: string; readonly password: Secret }

/** A way to authenticate all requests, independent of the document. */
export interface HTTPAuth {
  readonly type: 'bearer' | 'apiKey' | 'basic'
  /** For basic: `base64(username:password)`, or give those two instead. */
  readonly token?: Secret
  /** For apiKey; `X-API-Key` unless given. */
  readonly headerName?: string
  /** Prefix of an apiKey's token. */
  readonly prefix?: string
  readonly username?: string
  readonly password?: Secret
}

export interface SSEOptions {
  /**
   * When a stream is opened again with `Last-Event-ID`: `on-error` (the default) after a broken connection, if the stream has given an id;
   * `always` also after a normal end, as a browser's EventSource does, until the server answers 204; `never`.
   */
  readonly resume?: 'on-error' | 'always' | 'never'
  /** Attempts in a row without an event; 5 unless given. */
  readonly maxAttempts?: number
  /** Milliseconds before an attempt, until the stream says otherwise (`retry:`); 1000 unless given. */
  readonly retryMs?: number
  /** Milliseconds without a byte after which the stream is given up; 300 000 unless given. */
  readonly idleTimeoutMs?: number
  /** Characters of one event; 1 Mi unless given. */
  readonly maxEventChars?: number
}

export interface HTTPServiceConfig {
  readonly namespace: string
  /** Where the service is. Without it: the document's (operation's, path's) first server with its default variables. */
  readonly baseUrl?: string
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent with each request. */
  readonly auth?: HTTPAuth
  /** By name of the document's security scheme; sent to the operations that ask for it. */
  readonly credentials?: Readonly<Record<string, SchemeCredentials>>
  /** Milliseconds for one request with its redirects and answer, for a subscription until its headers; 30 000 unless given. */
  readonly timeout?: number
  /** Sends the requests; the `httpFetch` of `@alkdev/std/fetch` unless given. */
  readonly fetch?: typeof globalThis.fetch
  /** Bytes of an answer; 8 MiB unless given. Beyond them: PAYLOAD_TOO_LARGE. */
  readonly maxResponseBytes?: number
  /**
   * Redirects within the service's origin are followed (5 at most). `follow` also follows to other origins, for GET and HEAD only, without
   * any credential or configured header; `error` follows none. Default: `same-origin`.
   */
  readonly redirects?: 'same-origin' | 'follow' | 'error'
  /**
   * What happens when an answer does not fit the document. `warn` (the default): the answer is returned, and `meta.outputMismatch` lists
   * what does not fit: the service has done what was asked, and real documents are often wrong. `error`: the call fails with
   * EXECUTION_ERROR; `true` means the same. `false`: answers are not checked, `outputSchema` accepts everything and the document's is in
   * `_meta`.
   */
  readonly checkOutput?: 'warn' | 'error' | boolean
  /** Who may call. Default: every caller. */
  readonly accessControl?:
    | AccessControl
    | ((operation: OpenAPIOperation, method: string, path: string) => AccessControl)
  /** Selects the operations. */
  readonly filter?: (operation: OpenAPIOperation, method: string, path: string) => boolean
  /** Called with what cannot become an operation. Without it such a document is refused as a whole. */
  readonly onSkipped?: (skipped: SkippedOperation) => void
  readonly sse?: SSEOptions
}

export interface SkippedOperation {
  readonly method: string
  readonly path: string
  readonly reason: string
}

/** An operation with its handler; `_meta` has `method`, `path`, `summary`, `operationId` and `parameters` (where each input goes). */
export type OpenAPIDefinition = IOperationDefinition
