import type { Static, TSchema } from '@alkdev/typebox'
import type {
  IOperationDefinition,
  OperationContext,
  OperationHints,
  OperationType,
} from '@alkdev/operations'
import { inOwnWords } from './own-words.ts'

interface Definition<I extends TSchema, O extends TSchema> {
  readonly id: `${string}.${string}`
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  readonly scope: string
  readonly input: I
  readonly output: O
  readonly hints?: OperationHints
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
    ...(definition.hints && { hints: definition.hints }),
  }
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

/** A mutation of the dev spoke. */
export function mutation<I extends TSchema, O extends TSchema>(
  definition: Definition<I, O>,
  handler: (input: Static<I>, context: OperationContext) => Promise<Static<O>>,
): IOperationDefinition {
  return { ...spec('mutation', definition), handler: guarded(handler) }
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
