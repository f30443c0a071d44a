import { compact } from '@alkdev/std'
import type { Static, TSchema } from '@alkdev/typebox'
import type {
  IOperationDefinition,
  OperationContext,
  OperationHints,
  OperationType,
  RetryClass,
} from '@alkdev/operations'
import { inOwnWords } from './own-words.ts'

/** An operation of the dev spoke. */
export interface DevOperation extends IOperationDefinition {
  /**
   * Looks up what became of a call that had started when the spoke was killed: its answer, or undefined when it had no effect. An operation
   * that has it can be offered as `keyed` with a key store.
   */
  readonly recover?: (input: never, context: OperationContext) => Promise<unknown>
}

interface Definition<I extends TSchema, O extends TSchema> {
  readonly id: `${string}.${string}`
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  readonly scope: string
  readonly input: I
  readonly output: O
  readonly hints?: OperationHints
  /** Default: `safe` for queries, `never` for the others. */
  readonly retry?: RetryClass
}

const notFound = {
  code: 'FILE_NOT_FOUND',
  description: 'There is no such file or folder.',
  schema: {},
  httpStatus: 404,
} as const

function spec<I extends TSchema, O extends TSchema>(
  type: OperationType,
  definition: Definition<I, O>,
): Omit<IOperationDefinition, 'handler'> {
  const [namespace = '', name = ''] = definition.id.split('.')
  return {
    namespace,
    name,
    version: '1.0.0',
    type,
    title: definition.title,
    description: definition.description,
    tags: definition.tags,
    inputSchema: definition.input,
    outputSchema: definition.output,
    accessControl: { requiredScopes: [definition.scope] },
    errorSchemas: [notFound],
    // A folder of one developer is not interchangeable with another's.
    pool: false,
    ...metaOf(definition.input),
    ...compact({ hints: definition.hints, retry: definition.retry }),
  }
}

/** Where the input names the worktree in which the operation works, and what the rules of roles are held against. */
function metaOf(input: TSchema): { readonly _meta?: Readonly<Record<string, string>> } {
  const { properties = {} } = input as { properties?: object }
  const resource = ['path', 'command'].find((name) => name in properties)
  const meta = compact({
    'alkhub/workspace': 'worktree' in properties ? '/worktree' : undefined,
    'alkhub/resource': resource === undefined ? undefined : `/${resource}`,
  })
  return Object.keys(meta).length === 0 ? {} : { _meta: meta }
}

/** A query of the dev spoke. */
export function query<I extends TSchema, O extends TSchema>(
  definition: Definition<I, O>,
  handler: (input: Static<I>, context: OperationContext) => Promise<Static<O>>,
): IOperationDefinition {
  return {
    ...spec('query', { hints: { readOnly: true }, ...definition }),
    handler: guarded(handler),
  }
}

/** A mutation of the dev spoke. `recover` as in DevOperation. */
export function mutation<I extends TSchema, O extends TSchema>(
  definition: Definition<I, O>,
  handler: (input: Static<I>, context: OperationContext) => Promise<Static<O>>,
  recover?: (input: Static<I>, context: OperationContext) => Promise<Static<O> | undefined>,
): DevOperation {
  return {
    ...spec('mutation', definition),
    handler: guarded(handler),
    ...(recover && { recover: guarded(recover) }),
  }
}

/** A subscription of the dev spoke. */
export function subscription<I extends TSchema, O extends TSchema>(
  definition: Definition<I, O>,
  handler: (
    input: Static<I>,
    context: OperationContext,
  ) => AsyncGenerator<Static<O>, void, unknown>,
): IOperationDefinition {
  return {
    ...spec('subscription', definition),
    async *handler(input: Static<I>, context: OperationContext) {
      try {
        yield* handler(input, context)
      } catch (error) {
        throw inOwnWords(error, context.signal)
      }
    },
  }
}

function guarded<I, O>(handler: (input: I, context: OperationContext) => Promise<O>) {
  return async (input: I, context: OperationContext): Promise<O> => {
    try {
      return await handler(input, context)
    } catch (error) {
      throw inOwnWords(error, context.signal)
    }
  }
}
