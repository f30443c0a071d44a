/** A tool as a model gets to know it. */
export interface GenericTool {
  readonly name: string
  readonly description: string
  /** JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>
}

/** The operations that tools of the same names call. */
export const GENERIC_OPERATIONS: Readonly<Record<string, string>> = {
  list: 'hub.list',
  search: 'hub.search',
  schema: 'hub.schema',
}

const text = { type: 'string' } as const
/** Tools that find operations, and call one by its id. */
export const GENERIC_TOOLS: readonly GenericTool[] = [
  {
    name: 'list',
    description: 'Lists operations that you may see.',
    inputSchema: {
      type: 'object',
      properties: { namespace: text, limit: { type: 'integer' }, cursor: text },
      additionalProperties: false,
    },
  },
  {
    name: 'search',
    description: 'Searches operations by words, best first.',
    inputSchema: {
      type: 'object',
      properties: { query: text, limit: { type: 'integer' } },
      required: ['query'],
      additionalProperties: false,
    },
  },
  {
    name: 'schema',
    description: 'The input and output of an operation.',
    inputSchema: {
      type: 'object',
      properties: { operationId: text },
      required: ['operationId'],
      additionalProperties: false,
    },
  },
  {
    name: 'call',
    description: 'Calls an operation with an input that fits its schema.',
    inputSchema: {
      type: 'object',
      properties: { operationId: text, input: { type: 'object', additionalProperties: true } },
      required: ['operationId'],
      additionalProperties: false,
    },
  },
]
