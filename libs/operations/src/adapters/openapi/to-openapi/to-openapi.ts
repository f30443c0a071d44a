import { compact } from '@alkdev/std'
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
  /** The version of the API, not of OpenAPI. Default `1`. */
  readonly version?: string
  readonly description?: string
  readonly servers?: readonly { readonly url: string; readonly description?: string }[]
  /** The path of an operation, for POST. Default `/api/operations/{operationId}`. */
  readonly path?: (operationId: string, spec: OperationSpec) => string
  /** Selects the operations of the document, for instance those that a caller may see. Default: all. */
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
 * An OpenAPI 3.1 document of operations, as plain JSON: one path for each, POST with the input as its body, 200 with the output (of a
 * subscription: an event stream of items), the declared errors under their HTTP status and everything else under `default`.
 * `x-required-scopes` says who may call, `x-operation-type` what it is. What `FromOpenAPI` makes of the document calls the same operations.
 */
export function toOpenAPI(
  operations: OpenAPIOperations,
  options: ToOpenAPIOptions = {},
): OpenAPIDocument {
  const components = new SchemaComponents()
  const paths: Record<string, Json> = {}
  for (const entry of entriesOf(operations, options))
    paths[pathOf(entry, options)] = pathItemOf(entry, components, options)
  return {
    ...headOf(options),
    paths,
    components: {
      ...compact({ securitySchemes: options.securitySchemes }),
      schemas: { ...commonSchemas(options), ...components.schemas },
    },
  }
}

/**
 * The same document as JSON in parts, for documents of many operations: the caller may let other work run between two parts, some of which are empty. A
 * schema that several operations have is written once, as a component.
 */
export function* toOpenAPIText(
  operations: readonly OpenAPIEntry[],
  options: ToOpenAPIOptions = {},
): Generator<string, void, undefined> {
  const components = new SchemaComponents()
  for (const { spec } of entriesOf(operations, options)) {
    components.count(spec.inputSchema)
    components.count(spec.outputSchema)
    yield ''
  }
  yield `${JSON.stringify(headOf(options)).slice(0, -1)},"paths":`
  let before = '{'
  for (const entry of entriesOf(operations, options)) {
    const item = JSON.stringify(pathItemOf(entry, components, options))
    yield `${before}${JSON.stringify(pathOf(entry, options))}:${item}`
    before = ','
  }
  yield before === '{' ? '{}' : '}'
  const { securitySchemes } = options
  yield `,"components":${JSON.stringify({ ...compact({ securitySchemes }), schemas: commonSchemas(options) }).slice(0, -2)}`
  for (const [name, schema] of Object.entries(components.schemas))
    yield `,${JSON.stringify(name)}:${JSON.stringify(schema)}`
  yield '}}}'
}

function headOf(options: ToOpenAPIOptions): { readonly openapi: '3.1.0'; readonly info: Json } {
  const { securitySchemes } = options
  return {
    openapi: '3.1.0',
    info: {
      title: options.title ?? 'Operations',
      version: options.version ?? '1',
      ...compact({ description: options.description }),
    },
    ...compact({ servers: options.servers }),
    ...(securitySchemes !== undefined && {
      security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    }),
  }
}

function commonSchemas({ problemSchema, metaSchema, schemas }: ToOpenAPIOptions): Json {
  return { Problem: problemSchema ?? PROBLEM, Meta: metaSchema ?? META, ...schemas }
}

function pathOf({ operationId, spec }: OpenAPIEntry, { path }: ToOpenAPIOptions): string {
  return path?.(operationId, spec) ?? `/api/operations/${operationId}`
}

function pathItemOf(
  { operationId, spec }: OpenAPIEntry,
  components: SchemaComponents,
  options: ToOpenAPIOptions,
): Json {
  return { post: operationOf(operationId, spec, components, options) }
}

function* entriesOf(
  operations: OpenAPIOperations,
  { filter }: ToOpenAPIOptions,
): Generator<OpenAPIEntry> {
  const list = 'getAllSpecs' in operations ? operations.getAllSpecs() : operations
  for (const one of list) {
    const entry = 'spec' in one ? one : { operationId: operationIdOf(one), spec: one }
    if (filter?.(entry.operationId, entry.spec) !== false) yield entry
  }
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
    ...compact({ parameters: options.parameters }),
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

/** Codes with the same status share an answer. */
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
            ...(schema !== undefined && {
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
  const [only] = variants
  const schema = variants.length > 1 ? { ...common, anyOf: variants } : { ...common, ...only }
  return { description, content: { 'application/problem+json': { schema } } }
}
