import { CodedError, query, subscription, Type } from '@alkdev/spoke'
import type { SpokeOperation } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'

/** A PNG with one red pixel, and the shortest WAV. */
export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA='

const None = Type.Object({})
const Anything = {}

type Block = Readonly<Record<string, unknown>>

/** An answer with content of MCP. */
export function content(...blocks: readonly Block[]): unknown {
  return { data: null, meta: { source: 'mcp', isError: false, content: blocks } }
}

const image: Block = { type: 'image', data: PNG, mimeType: 'image/png' }

/** A query that is the tool `test_<name>`. */
export function tool(name: string, handler: () => unknown): SpokeOperation {
  return query(
    {
      id: `conformance.${name}`,
      description: `The tool test_${name} of the conformance suite.`,
      input: None,
      output: Anything,
      _meta: { mcp: { tool: `test_${name}` } },
    },
    handler,
  )
}

function stream(name: string, items: readonly unknown[]): SpokeOperation {
  return subscription(
    {
      id: `conformance.${name}`,
      description: `The tool test_${name} of the conformance suite.`,
      input: None,
      output: Anything,
      _meta: { mcp: { tool: `test_${name}` } },
    },
    async function* (_input, { signal }) {
      for (const item of items) {
        yield item
        await sleep(20, signal)
      }
    },
  )
}

/** The schema whose keywords the scenario `json-schema-2020-12` looks for. */
const schema2020 = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
}

const lines = ['Tool execution started', 'Tool processing data', 'Tool execution completed']

/** Tools that answer with each kind of content, report progress and log lines, and fail. */
export const contentOperations: readonly SpokeOperation[] = [
  query(
    {
      id: 'conformance.json_schema',
      description: 'The tool json_schema_2020_12_tool of the conformance suite.',
      input: schema2020,
      output: Anything,
      _meta: { mcp: { tool: 'json_schema_2020_12_tool' } },
    },
    (input): unknown => input,
  ),
  query(
    {
      id: 'conformance.header_parameter',
      description: 'A tool with a parameter that clients repeat in a header.',
      input: {
        type: 'object',
        properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
      },
      output: Anything,
      _meta: { mcp: { tool: 'test_header_parameter' } },
    },
    (input): unknown => input,
  ),
  tool('simple_text', () => 'This is a simple text response for testing.'),
  tool('image_content', () => content(image)),
  tool('audio_content', () => content({ type: 'audio', data: WAV, mimeType: 'audio/wav' })),
  tool('embedded_resource', () =>
    content({
      type: 'resource',
      resource: {
        uri: 'test://embedded-resource',
        mimeType: 'text/plain',
        text: 'This is an embedded resource content.',
      },
    }),
  ),
  tool('multiple_content_types', () =>
    content({ type: 'text', text: 'Multiple content types test:' }, image, {
      type: 'resource',
      resource: {
        uri: 'test://mixed-content-resource',
        mimeType: 'application/json',
        text: '{"test":"data","value":123}',
      },
    }),
  ),
  tool('error_handling', () => {
    throw new CodedError('CONFLICT', 'This tool intentionally returns an error for testing')
  }),
  stream('tool_with_logging', lines),
  stream('logging_tool', lines),
  stream(
    'tool_with_progress',
    [0, 50, 100].map((progress) => ({ progress, total: 100 })),
  ),
]
