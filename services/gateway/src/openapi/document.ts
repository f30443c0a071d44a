import type { DirectoryEntry } from '@alkdev/bus'
import { errorTable } from '@alkdev/errors'
import { toOpenAPIText } from '@alkdev/operations/to-openapi'

type Json = Readonly<Record<string, unknown>>

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: {
      description: 'A code of the hub, or one that the operation declares.',
      anyOf: [{ $ref: '#/components/schemas/ErrorCode' }, { type: 'string' }],
    },
    requestId: { type: 'string', format: 'uuid' },
    callId: { type: 'string' },
    details: {},
  },
}

const META: Json = {
  type: 'object',
  required: ['source'],
  properties: { source: { type: 'string' }, callId: { type: 'string', format: 'uuid' } },
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
    description:
      'A call that is repeated with the same key and input within 24 hours gets the result of the first call.',
    schema: { type: 'string', minLength: 1, maxLength: 128 },
  },
  {
    name: 'traceparent',
    in: 'header',
    description: 'W3C trace context.',
    schema: { type: 'string' },
  },
]

/**
 * OpenAPI 3.1 of the operations as JSON in parts: one path each, with the body and answer of the call; a schema that several operations have is written once.
 * `publicUrl`: where clients reach the hub; without it the server is the one that sent the document.
 */
export function openapiParts(
  entries: readonly DirectoryEntry[],
  publicUrl?: string,
): Iterable<string> {
  return toOpenAPIText(entries, {
    title: 'alkdev hub',
    description: 'The operations that the shown key may call.',
    servers: [{ url: publicUrl?.replace(/\/+$/, '') ?? '/' }],
    dataRequired: true,
    parameters: HEADERS,
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    },
    problemSchema: PROBLEM,
    metaSchema: META,
    schemas: { ErrorCode: { type: 'string', enum: Object.keys(errorTable) } },
  })
}
