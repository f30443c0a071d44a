import type { OperationRegistry } from '../../../registry/registry.ts'
import type { ErrorDefinition, OperationSpec } from '../../../registry/types.ts'
import { operationIdOf } from '../../../registry/validate-spec.ts'
import { SchemaComponents } from './schema-components.ts'

type Json = Readonly<Record<string, unknown>>

/** An operation under the id that its callers use, where that is not `namespace.name`. */
export interface OpenAPIEntry {
  readonly operationId: string
  readonly spec: OperationSpec
}

/** A registry, or any operations: specs, or specs with their public ids. */
export type OpenAPIOperations =
  | Pick<OperationRegistry, 'getAllSpecs'>
  | Iterable<OperationSpec | OpenAPIEntry>

export interface ToOpenAPIOptions {
  readonly title?: string
  /** Of the API, not of OpenAPI; `1` unless given. */
  readonly version?: string
  readonly description?: string
  readonly servers?: readonly { readonly url: string; readonly description?: string }[]
  /** Where an operation is called, by POST; `/api/operations/{operationId}` unless given. */
  readonly path?: (operationId: string, spec: OperationSpec) => string
  /** Which operations are shown, for instance those that a caller may see. Default: all. */
  readonly filter?: (operationId: string, spec: OperationSpec) => boolean
  /** Answers are envelopes `{data, meta}` (the default) or the bare data. */
  readonly answers?: 'envelope' | 'data'
  /** True: an envelope always has `data`, if need be `null`. Default: an operation without a result leaves it out. */
  readonly dataRequired?: boolean
  /** Parameters that every operation takes, in OpenAPI's form (a header for the deadline, say). */
  readonly parameters?: readonly Json[]
  /** In OpenAPI's form, by name; every operation asks for any one of them. */
  readonly securitySchemes?: Readonly<Record<string, Json>>
  /** Of the body of an error answer; RFC 9457's members and `code` unless given. */
  readonly problemSchema?: Json
  /** Of `meta` in an envelope; an object with a `source` unless given. */
  readonly metaSchema?: Json
  /** Further component schemas. */
  readonly schemas?: Readonly<Record<string, Json>>
}

export interface OpenAPIDocument {
  readonly openapi: '3.1.0'
  readonly info: Json
  readonly paths: Readonly<Record<string, Json>>
  readonly components: Json
  readonly [member: string]: unknown
}

const PROBLEM: Json = {
  type: 'object',
  required: ['title', 'status', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string' },
    callId: { type: 'string' },
    details: {},
  },
}
const META: Json = {
  type: 'object',
  required: ['source'],
  properties: { source: { type: 'string' }, callId: { type: 'string' } },
}

/**
 * An OpenAPI 3.1 document of operations, as plain JSON: one path for each, POST with the input as its body, 200 with the output (of a subscription: an event stream of items),
 * the declared errors under their HTTP status and everything else under `default`. `x-required-scopes` says who may call, `x-operation-type` what it is.
 * What `FromOpenAPI` makes of the document calls the same operations.
 */
export function toOpenAPI(
  operations: OpenAPIOperations,
  options: ToOpenAPIOptions = {},
): OpenAPIDocument {
  const components = new SchemaComponents()
  const path = options.path ?? ((operationId) => `/api/operations/${operationId}`)
  const paths: Record<string, Json> = {}
  for (const { operationId, spec } of entriesOf(operations)) {
    if (options.filter?.(operationId, spec) === false) continue
    paths[path(operationId, spec)] = { post: operationOf(operationId, spec, components, options) }
  }
  const { securitySchemes } = options
  return {
    openapi: '3.1.0',
    info: {
      title: options.title ?? 'Operations',
      version: options.version ?? '1',
      ...(options.description === undefined ? {} : { description: options.description }),
    },
    ...(options.servers === undefined ? {} : { servers: options.servers }),
    ...(securitySchemes === undefined
      ? {}
      : { security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })) }),
    paths,
    components: {
      ...(securitySchemes === undefined ? {} : { securitySchemes }),
      schemas: {
        Problem: options.problemSchema ?? PROBLEM,
        Meta: options.metaSchema ?? META,
        ...options.schemas,
        ...components.schemas,
      },
    },
  }
}

function* entriesOf(operations: OpenAPIOperations): Generator<OpenAPIEntry> {
  const list = 'getAllSpecs' in operations ? operations.getAllSpecs() : operations
  for (const one of list) yield 'spec' in one ? one : { operationId: operationIdOf(one), spec: one }
}

function operationOf(
  operationId: string,
  spec: OperationSpec,
  components: SchemaComponents,
  options: ToOpenAPIOptions,
): Json {
  return {
    operationId,
    summary: spec.title ?? operationId,
    description: spec.description,
    tags: spec.tags === undefined || spec.tags.length === 0 ? [spec.namespace] : spec.tags,
    ...(options.parameters === undefined ? {} : { parameters: options.parameters }),
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: components.write(spec.inputSchema, `${operationId}.input`) },
      },
    },
    responses: {
      '200': answerOf(operationId, spec, components, options),
      ...errorsOf(operationId, spec.errorSchemas ?? [], components),
      default: problem('Any other error; `code` says which.', []),
    },
    'x-operation-type': spec.type,
    'x-required-scopes': spec.accessControl.requiredScopes,
  }
}

function answerOf(
  operationId: string,
  spec: OperationSpec,
  components: SchemaComponents,
  options: ToOpenAPIOptions,
): Json {
  const data = components.write(spec.outputSchema, `${operationId}.output`)
  const schema =
    options.answers === 'data'
      ? data
      : {
          type: 'object',
          required: options.dataRequired === true ? ['data', 'meta'] : ['meta'],
          properties: { data, meta: { $ref: '#/components/schemas/Meta' } },
        }
  const streams = spec.type === 'subscription'
  return {
    description: streams ? 'One event for each item.' : 'The result.',
    content: { [streams ? 'text/event-stream' : 'application/json']: { schema } },
  }
}

/** Codes of the same status share an answer. */
function errorsOf(
  operationId: string,
  errors: readonly ErrorDefinition[],
  components: SchemaComponents,
): Record<string, Json> {
  const byStatus = Map.groupBy(errors, ({ httpStatus = 500 }) => String(httpStatus))
  return Object.fromEntries(
    Array.from(byStatus, ([status, declared]) => [
      status,
      problem(
        declared.map(({ code, description }) => `${code}: ${description}`).join(' '),
        declared.map(({ code, schema }) => ({
          properties: {
            code: { const: code },
            ...(schema === undefined
              ? {}
              : {
                  details: components.write(
                    schema as OperationSpec['inputSchema'],
                    `${operationId}.error.${code}`,
                  ),
                }),
          },
        })),
      ),
    ]),
  )
}

function problem(description: string, variants: readonly Json[]): Json {
  const common = { $ref: '#/components/schemas/Problem' }
  const schema = variants.length === 0 ? common : { ...common, anyOf: variants }
  return { description, content: { 'application/problem+json': { schema } } }
}
