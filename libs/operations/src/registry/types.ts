import type { TSchema } from '@alkdev/typebox'
import type { RoleRule } from '../access/role-rules.ts'
import type { ResponseEnvelope } from '../calls/response-envelope.ts'

export const OperationType = {
  QUERY: 'query',
  MUTATION: 'mutation',
  SUBSCRIPTION: 'subscription',
} as const
export type OperationType = (typeof OperationType)[keyof typeof OperationType]

/** The principal or actor. `id` is the account; key, organizations and session are present when the hub authenticated it. */
export interface Identity {
  readonly id: string
  /** `namespace:verb`, `namespace:*` or `*`. */
  readonly scopes: readonly string[]
  /** `"type:id"` (or `"type:*"`) to the actions allowed on it. */
  readonly resources?: Readonly<Record<string, readonly string[]>>
  readonly keyId?: string
  /**
   * When the rights end although the key does not, in milliseconds since the epoch: those of an OAuth token, and of what a token has stored. What is stored with
   * the rights ends then. Absent: with the key.
   */
  readonly rightsEndAtMs?: number
  readonly orgIds?: readonly string[]
  /** True for a turn of the account in a session of another one, which sees the results: what serves this account alone is closed to it. */
  readonly sharedOnly?: true
  /** The agent session that acts. */
  readonly sessionId?: string
  /** The rules of the roles of that session, one list for each role; the strictest decides. */
  readonly rules?: readonly (readonly RoleRule[])[]
  /** `callHash` of the one call for which that session has an approval. */
  readonly approvedCall?: string
}

export interface AccessControl {
  readonly requiredScopes: readonly string[]
  readonly requiredScopesAny?: readonly string[]
  readonly resourceType?: string
  readonly resourceAction?: string
  /** JSON Pointer to the id of the resource in the input, for instance `/projectId`. Without it any resource of the type is sufficient. */
  readonly resourceFrom?: string
}

export interface ErrorDefinition {
  readonly code: string
  readonly description: string
  readonly schema: unknown
  readonly httpStatus?: number
}

/** JSON Schema (2020-12 or draft-07); TypeBox schemas are such. */
export type JsonSchema = TSchema | boolean | { readonly [keyword: string]: unknown }

export type RetryClass = 'safe' | 'keyed' | 'never'

export interface OperationHints {
  readonly readOnly?: boolean
  readonly destructive?: boolean
  readonly idempotent?: boolean
  /** A person must agree to each call that an agent makes over MCP. */
  readonly consent?: boolean
}

/** What an operation is, without its handler: serialisable, as in section 3 of the public contract. Its id is `namespace.name`. */
export interface OperationSpec {
  readonly namespace: string
  readonly name: string
  readonly version: string
  readonly type: OperationType
  readonly description: string
  readonly title?: string
  readonly tags?: readonly string[]
  readonly inputSchema: JsonSchema
  readonly outputSchema: JsonSchema
  readonly errorSchemas?: readonly ErrorDefinition[]
  readonly accessControl: AccessControl
  /** Whether calls may be repeated. Default: `safe` for queries, `never` otherwise (`retryClassOf`). */
  readonly retry?: RetryClass
  readonly resumable?: boolean
  readonly pool?: boolean
  readonly record?: 'after' | 'before-reply'
  readonly hints?: OperationHints
  readonly _meta?: Readonly<Record<string, unknown>>
}

/** `env.fs.read(input)`: calls other operations with the same principal, within the deadline and the signal of this call. */
export type OperationEnv = Readonly<
  Record<string, Readonly<Record<string, (input: unknown) => Promise<ResponseEnvelope>>>>
>

/** The second argument of a handler. */
export interface OperationContext {
  readonly requestId?: string
  readonly parentRequestId?: string
  /** Number of calls above this one, if the hub knows it. */
  readonly depth?: number
  readonly identity?: Identity
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Aborted when the caller disconnects, the deadline passes or an operator aborts the call. Handlers that ignore it keep running. */
  readonly signal?: AbortSignal
  /** The deadline of the call in milliseconds since the epoch. */
  readonly deadline?: number
  readonly idempotencyKey?: string
  /** W3C trace context of the call, for spans and calls that belong to it. */
  readonly traceparent?: string
  /** Other operations, called as part of this call. */
  readonly env?: OperationEnv
}

export type OperationHandler<Input = unknown, Output = unknown> = (
  input: Input,
  context: OperationContext,
) => Promise<Output> | Output

export type SubscriptionHandler<Input = unknown, Item = unknown> = (
  input: Input,
  context: OperationContext,
) => AsyncGenerator<Item, void, unknown>

export interface IOperationDefinition extends OperationSpec {
  readonly handler: OperationHandler<never> | SubscriptionHandler<never>
}
