import type { DirectoryEntry } from '@alkdev/bus'
import { errorTable } from '@alkdev/errors'
import type { JsonSchema, OperationSpec } from '@alkdev/operations'

type Json = Readonly<Record<string, unknown>>

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string', format: 'uuid' },
    callId: { type: 'string' },
    details: {},
  },
}

const HEADERS: readonly Json[] = [
  {
    name: 'x-deadline-ms',
    in: 'header',
    description: 'Milliseconds for the whole call.',
    schema: { type: 'integer', minimum: 1 },
  },
  {
    name: 'idempotency-key',
    in: 'header',
    description: "The same key with the same input gets the first call's end again, for 24 hours.",
    schema: { type: 'string', minLength: 1, maxLength: 128 },
  },
  {
    name: 'traceparent',
    in: 'header',
    description: 'W3C trace context.',
    schema: { type: 'string' },
  },
]

/** A schema with references of its own becomes a document of its own, so that they keep pointing into it. */
function embedded(schema: JsonSchema, id: string): unknown {
  if (typeof schema === 'boolean' || !JSON.stringify(schema).includes('"$ref"')) return schema
  return { $id: `urn:alkhub:schema:${id}`, ...schema }
}

function problem(description: string): Json {
  const schema = { $ref: '#/components/schemas/Problem' }
  return { description, content: { 'application/problem+json': { schema } } }
}

function errorsOf({ errorSchemas = [] }: OperationSpec): Json {
  const byStatus = new Map<number, string[]>()
  for (const { code, description, httpStatus = 500 } of errorSchemas) {
    const before = byStatus.get(httpStatus) ?? []
    byStatus.set(httpStatus, [...before, `${code}: ${description}`])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, lines]) => [String(status), problem(lines.join(' '))]),
  )
}

function answerOf({ operationId, spec }: DirectoryEntry): Json {
  const data = embedded(spec.outputSchema, `${operationId}:output`)
  const envelope = {
    type: 'object',
    required: ['data', 'meta'],
    properties: { data, meta: { $ref: '#/components/schemas/Meta' } },
  }
  const type = spec.type === 'subscription' ? 'text/event-stream' : 'application/json'
  const description = spec.type === 'subscription' ? 'One event per item.' : 'The result.'
  return { description, content: { [type]: { schema: envelope } } }
}

function pathOf(entry: DirectoryEntry): Json {
  const { operationId, spec } = entry
  const schema = embedded(spec.inputSchema, `${operationId}:input`)
  return {
    post: {
      operationId,
      summary: spec.title ?? operationId,
      description: spec.description,
      tags: spec.tags ?? [spec.namespace],
      parameters: HEADERS,
      requestBody: { required: true, content: { 'application/json': { schema } } },
      responses: {
        '200': answerOf(entry),
        default: problem('By its code; see the table of codes.'),
        ...errorsOf(spec),
      },
      'x-required-scopes': spec.accessControl.requiredScopes,
    },
  }
}

/** OpenAPI 3.1 of the operations: one path each, the same body and answer as the call itself. `publicUrl`: where clients reach the hub. */
export function openapiDocument(entries: readonly DirectoryEntry[], publicUrl?: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'alkdev hub',
      version: '1',
      description: 'The operations that the shown key may call.',
    },
    ...(publicUrl !== undefined && { servers: [{ url: publicUrl.replace(/\/+$/, '') }] }),
    security: [{ bearer: [] }, { apiKey: [] }],
    paths: Object.fromEntries(
      entries.map((entry) => [`/api/operations/${entry.operationId}`, pathOf(entry)]),
    ),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
      schemas: {
        Problem: PROBLEM,
        Meta: {
          type: 'object',
          required: ['source'],
          properties: { source: { type: 'string' }, callId: { type: 'string', format: 'uuid' } },
        },
        ErrorCode: { type: 'string', enum: Object.keys(errorTable) },
      },
    },
  }
}
