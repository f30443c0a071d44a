import type { TSchema } from '@alkdev/typebox'
import type { ResponseEnvelope } from '../calls/response-envelope.ts'

export const OperationType = {
  QUERY: 'query',
  MUTATION: 'mutation',
  SUBSCRIPTION: 'subscription',
} as const
export type OperationType = (typeof OperationType)[keyof typeof OperationType]

/** Who acts. `id` is the account; the key, organizations and session are known when the hub authenticated it. */
export interface Identity {
  readonly id: string
  /** `namespace:verb`, `namespace:*` or `*`. */
  readonly scopes: readonly string[]
  /** `"type:id"` (or `"type:*"`) to the actions allowed on it. */
  readonly resources?: Readonly<Record<string, readonly string[]>>
  readonly keyId?: string
  readonly orgIds?: readonly string[]
  readonly sessionId?: string
}

export interface AccessControl {
  readonly requiredScopes: readonly string[]
  readonly requiredScopesAny?: readonly string[]
  readonly resourceType?: string
  readonly resourceAction?: string
  /** JSON Pointer into the input that names which resource, for instance `/projectId`. Without it any resource of the type will do. */
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
  /** May it be repeated? Default: `safe` for queries, `never` otherwise (`retryClassOf`). */
  readonly retry?: RetryClass
  readonly resumable?: boolean
  readonly pool?: boolean
  readonly record?: 'after' | 'before-reply'
  readonly hints?: OperationHints
  readonly _meta?: Readonly<Record<string, unknown>>
}

/** `env.fs.read(input)`: calls other operations as the same principal, inside the time and the signal of this call. */
export type OperationEnv = Readonly<
  Record<string, Readonly<Record<string, (input: unknown) => Promise<ResponseEnvelope>>>>
>

/** What a handler gets beside its input. */
export interface OperationContext {
  readonly requestId?: string
  readonly parentRequestId?: string
  /** Calls above this one, where the hub knows them. */
  readonly depth?: number
  readonly identity?: Identity
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Aborted when the caller left, the time ran out or an operator aborted the call. Handlers that ignore it keep running. */
  readonly signal?: AbortSignal
  /** Milliseconds since the epoch at which the call's time is over. */
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
