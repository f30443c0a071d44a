import { runAtOnce } from '@alkdev/std'
import { runInSlices } from '@alkdev/std/yield-to-event-loop'
import { CallError } from '../../../calls/call-error.ts'
import { ImportedNames } from '../../imported-name.ts'
import { pointerAppend } from '../../../schema/json-pointer.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import { checkDocument, resolveNode } from './document.ts'
import { buildOperation, reasonOf } from './operation.ts'
import type { Place } from './operation.ts'
import { SchemaSource } from './schema-source.ts'
import type {
  HTTPServiceConfig,
  Node,
  OpenAPIDefinition,
  OpenAPISpec,
  SkippedOperation,
} from './types.ts'

/** Without `trace`, because `fetch` does not support it. */
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const

/**
 * The operations of an OpenAPI 3.0 or 3.1 document (parsed JSON or YAML), each with a handler that makes the request.
 *
 * The input is one object: a member for each parameter (path, query, header, cookie) and `body`. GET and HEAD become queries, event streams
 * subscriptions, the rest mutations. The output is what the answers of success hold. Errors of a call: EXECUTION_ERROR or RATE_LIMITED (an
 * answer that is no success; details have status and body), PROVIDER_UNAVAILABLE, PROVIDER_LOST, TIMEOUT, ABORTED, PAYLOAD_TOO_LARGE,
 * VALIDATION_ERROR.
 *
 * Throws CallError VALIDATION_ERROR that lists everything in the document that can't become an operation, unless `config.onSkipped` takes
 * it.
 */
export function FromOpenAPI(spec: OpenAPISpec, config: HTTPServiceConfig): OpenAPIDefinition[] {
  return runAtOnce(operationSteps(checkDocument(spec), config, undefined))
}

/**
 * As `FromOpenAPI`, without holding the event loop: the work is done in slices of some milliseconds. For documents with hundreds of
 * operations, in processes that do other work meanwhile. `FromOpenAPIFile` and `FromOpenAPIUrl` work in the same way.
 */
export function importOpenAPI(
  spec: OpenAPISpec,
  config: HTTPServiceConfig,
): Promise<OpenAPIDefinition[]> {
  return runInSlices(operationSteps(checkDocument(spec), config, undefined))
}

/**
 * The work of an import, one operation or component a step. `documentUrl` is where the document came from: relative servers are relative to
 * it.
 */
export function* operationSteps(
  spec: OpenAPISpec,
  config: HTTPServiceConfig,
  documentUrl: string | undefined,
): Generator<void, OpenAPIDefinition[]> {
  const source = new SchemaSource(spec)
  const names = new ImportedNames()
  const definitions: OpenAPIDefinition[] = []
  const skipped: SkippedOperation[] = []
  for (const { method, path, find } of placesOf(spec)) {
    try {
      const place = find()
      if (place === undefined) continue
      if (config.filter?.(place.operation, method, path) === false) continue
      definitions.push(yield* buildOperation(spec, source, config, names, place, documentUrl))
    } catch (error) {
      skipped.push({ method, path, reason: reasonOf(error) })
    }
    yield
  }
  if (config.onSkipped !== undefined) skipped.forEach(config.onSkipped)
  else if (skipped.length > 0) throw unusable(skipped)
  return definitions
}

interface Candidate {
  readonly method: string
  readonly path: string
  readonly find: () => Place | undefined
}

function* placesOf(spec: OpenAPISpec): Generator<Candidate> {
  for (const [path, node] of Object.entries(spec.paths ?? {})) {
    if (path.startsWith('x-')) continue
    const at = pointerAppend('/paths', path)
    const methods = isPlainObject(node) && '$ref' in node ? METHODS : methodsIn(node)
    for (const method of methods)
      yield {
        method: method.toUpperCase(),
        path,
        find: () => {
          const item = resolveNode(spec, node, at)
          const operation = item[method]
          if (operation === undefined) return undefined
          const place = `${at}/${method}`
          return {
            method: method.toUpperCase(),
            path,
            item,
            operation: resolveNode(spec, operation, place),
            at: place,
          }
        },
      }
  }
}

function methodsIn(node: unknown): readonly string[] {
  return isPlainObject(node) ? METHODS.filter((method) => Object.hasOwn(node as Node, method)) : []
}

function unusable(skipped: readonly SkippedOperation[]): CallError {
  const errors = skipped.map(({ method, path, reason }) => ({
    path: `${pointerAppend('/paths', path)}/${method.toLowerCase()}`,
    message: reason,
  }))
  const [first] = errors
  return new CallError(
    'VALIDATION_ERROR',
    `${skipped.length} operation${skipped.length === 1 ? '' : 's'} of the OpenAPI document can't be used; the first: ${first?.path}: ${first?.message}`,
    { errors: errors.slice(0, 100) },
  )
}
