import type { OperationHints, OperationSpec, RetryClass } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { TSchema } from '@alkdev/typebox'

/** Version of the hub's own operations. Raised by the rules of semantic versioning when a schema changes. */
const VERSION = '1.0.0'

/** Member of `_meta` that marks an operation whose answer may be stored nowhere, not even to be given again. */
export const SECRET_OUTPUT = 'secretOutput'

/** Member of `_meta` that marks an operation in whose input the texts that can't be stored are replaced, not refused: it takes documents of other programs. */
export const REPLACES_UNSTORABLE = 'replacesUnstorable'

export interface OperationOptions {
  readonly title: string
  readonly description: string
  readonly input: TSchema
  readonly output: TSchema
  /** Scopes that are all required. Default: none, any account may call it. */
  readonly scopes?: readonly string[]
  readonly errors?: OperationSpec['errorSchemas']
  readonly tags?: readonly string[]
  readonly retry?: RetryClass
  readonly hints?: OperationHints
  /** The answer holds something that is shown once and stored nowhere. */
  readonly secretOutput?: boolean
  readonly replacesUnstorable?: boolean
}

function define(
  type: OperationSpec['type'],
  id: string,
  options: OperationOptions,
  hints: OperationHints,
): OperationSpec {
  const [namespace = '', name = ''] = id.split('.')
  return {
    namespace,
    name,
    version: VERSION,
    type,
    title: options.title,
    description: options.description,
    tags: options.tags ?? [namespace],
    inputSchema: options.input,
    outputSchema: options.output,
    ...(options.errors !== undefined && { errorSchemas: options.errors }),
    accessControl: { requiredScopes: options.scopes ?? [] },
    ...(options.retry !== undefined && { retry: options.retry }),
    hints: { ...hints, ...options.hints },
    ...(options.secretOutput === true && { _meta: { [SECRET_OUTPUT]: true } }),
    ...(options.replacesUnstorable === true && { _meta: { [REPLACES_UNSTORABLE]: true } }),
  }
}

/** A query: changes nothing, may be repeated. */
export function query(id: string, options: OperationOptions): OperationSpec {
  return define('query', id, options, { readOnly: true, idempotent: true })
}

/** A mutation: not repeated by the hub unless `retry` says so. */
export function mutation(id: string, options: OperationOptions): OperationSpec {
  return define('mutation', id, options, { readOnly: false })
}

/** A subscription: changes nothing. */
export function subscription(id: string, options: OperationOptions): OperationSpec {
  return define('subscription', id, options, { readOnly: true })
}

/** Member of `_meta` of operations that a turn waits for without its claim, with what it waits for: they are never dispatched by it. */
export const PARK_META = 'alkhub/park'

/** The error of files that are not where, or not as, a session left them. */
export const MISPLACED = [
  {
    code: 'WORKSPACE_MISMATCH',
    description:
      'The workspace of the session is not there any more, or its spoke serves another one; the message says how to correct it. Nothing ran.',
    schema: Type.Unknown(),
    httpStatus: 409,
  },
] as const

/** The error of a thing that is not there, or that the caller may not know of. */
export function notFound(code: string, thing: string) {
  return [
    {
      code,
      description: `There is no such ${thing}, or the caller may not see it.`,
      schema: Type.Unknown(),
      httpStatus: 404,
    },
  ] as const
}
