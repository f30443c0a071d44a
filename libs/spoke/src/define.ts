import type { JsonSchema, OperationContext, OperationSpec } from '@alkdev/operations'
import type { Items } from './wire/items.ts'

/** The second argument of a spoke's handler. */
export interface SpokeContext extends OperationContext {
  /** Aborted when the caller has disconnected, the deadline has passed, or the call was aborted. */
  readonly signal: AbortSignal
  /**
   * Calls another operation through the hub as part of this call: with the rights that the caller and the spoke both have, and within its
   * deadline. Resolves with the data.
   */
  readonly call: <T = unknown>(operationId: string, input?: unknown) => Promise<T>
  /** The items of a subscription, read as part of this call. */
  readonly subscribe: <T = unknown>(operationId: string, input?: unknown) => Items<T>
}

export type SpokeHandler<Input = never, Output = unknown> = (
  input: Input,
  context: SpokeContext,
) => Promise<Output> | Output | AsyncIterable<Output>

/** An operation with its handler. */
export interface SpokeOperation extends OperationSpec {
  readonly handler: SpokeHandler
}

/**
 * The type of the values that a schema describes. A TypeBox schema, of any copy of TypeBox, carries it; plain JSON Schema does
 * not, so that its values are `any`.
 */
// oxlint-disable-next-line typescript/no-explicit-any
export type ValueOf<S> = S extends { readonly static: infer T } ? T : any

/** The definition of an operation; optional members have defaults. */
export interface Definition<I extends JsonSchema, O extends JsonSchema> extends Omit<
  OperationSpec,
  'type' | 'namespace' | 'name' | 'version' | 'inputSchema' | 'outputSchema' | 'accessControl'
> {
  /** `namespace.name`: `fs.read`. */
  readonly id: `${string}.${string}`
  /** Default `1.0.0`. */
  readonly version?: string
  readonly input: I
  readonly output: O
  /** Scopes that a caller needs, all of them. Default: none. */
  readonly scopes?: readonly string[]
  readonly accessControl?: OperationSpec['accessControl']
}

function specOf<I extends JsonSchema, O extends JsonSchema>(
  type: OperationSpec['type'],
  definition: Definition<I, O>,
): OperationSpec {
  const { id, version, input, output, scopes, accessControl, ...rest } = definition
  const dot = id.indexOf('.')
  return {
    ...rest,
    namespace: id.slice(0, dot),
    name: id.slice(dot + 1),
    version: version ?? '1.0.0',
    type,
    inputSchema: input,
    outputSchema: output,
    accessControl: accessControl ?? { requiredScopes: scopes ?? [] },
  }
}

/** An operation that changes nothing. The types of the handler follow from the schemas. */
export function query<I extends JsonSchema, O extends JsonSchema>(
  definition: Definition<I, O>,
  handler: (input: ValueOf<I>, context: SpokeContext) => Promise<ValueOf<O>> | ValueOf<O>,
): SpokeOperation {
  return { ...specOf('query', definition), handler }
}

/** An operation that changes something. */
export function mutation<I extends JsonSchema, O extends JsonSchema>(
  definition: Definition<I, O>,
  handler: (input: ValueOf<I>, context: SpokeContext) => Promise<ValueOf<O>> | ValueOf<O>,
): SpokeOperation {
  return { ...specOf('mutation', definition), handler }
}

/** An operation whose answer is a stream of items. The next item is requested only when the reader takes more. */
export function subscription<I extends JsonSchema, O extends JsonSchema>(
  definition: Definition<I, O>,
  handler: (input: ValueOf<I>, context: SpokeContext) => AsyncIterable<ValueOf<O>>,
): SpokeOperation {
  return { ...specOf('subscription', definition), handler }
}
