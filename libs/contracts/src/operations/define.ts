import type { OperationHints, OperationSpec, RetryClass } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'
import type { TSchema } from '@alkdev/typebox'

/** Version of the hub's own operations. Raised by the rules of semantic versioning when a schema changes. */
const VERSION = '1.0.0'

/** Member of `_meta` that marks an operation whose answer may be stored nowhere, not even to be given again. */
export const SECRET_OUTPUT = 'secretOutput'

export interface OperationSketch {
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
}

function define(
  type: OperationSpec['type'],
  id: string,
  sketch: OperationSketch,
  hints: OperationHints,
): OperationSpec {
  const [namespace = '', name = ''] = id.split('.')
  return {
    namespace,
    name,
    version: VERSION,
    type,
    title: sketch.title,
    description: sketch.description,
    tags: sketch.tags ?? [namespace],
    inputSchema: sketch.input,
    outputSchema: sketch.output,
    ...(sketch.errors === undefined ? {} : { errorSchemas: sketch.errors }),
    accessControl: { requiredScopes: sketch.scopes ?? [] },
    ...(sketch.retry === undefined ? {} : { retry: sketch.retry }),
    hints: { ...hints, ...sketch.hints },
    ...(sketch.secretOutput === true ? { _meta: { [SECRET_OUTPUT]: true } } : {}),
  }
}

/** A query: changes nothing, may be repeated. */
export function query(id: string, sketch: OperationSketch): OperationSpec {
  return define('query', id, sketch, { readOnly: true, idempotent: true })
}

/** A mutation: not repeated by the hub unless `retry` says so. */
export function mutation(id: string, sketch: OperationSketch): OperationSpec {
  return define('mutation', id, sketch, { readOnly: false })
}

/** A subscription: changes nothing. */
export function subscription(id: string, sketch: OperationSketch): OperationSpec {
  return define('subscription', id, sketch, { readOnly: true })
}

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
