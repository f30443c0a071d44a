import { compact } from '@alkdev/std'
import { isPlainObject } from '../../../schema/schema-limits.ts'
import type { JsonSchema, OperationSpec } from '../../../registry/types.ts'

export interface MCPToolAnnotations {
  readonly title?: string
  readonly readOnlyHint?: boolean
  readonly destructiveHint?: boolean
  readonly idempotentHint?: boolean
}

/** A tool as `tools/list` shows it. */
export interface MCPTool {
  readonly name: string
  readonly title?: string
  readonly description: string
  readonly inputSchema: { readonly type: 'object'; readonly [keyword: string]: unknown }
  readonly outputSchema?: { readonly type: 'object'; readonly [keyword: string]: unknown }
  readonly annotations: MCPToolAnnotations
}

type ObjectSchema = MCPTool['inputSchema']

/** A tool and how its values differ from the operation's, because MCP has only objects. */
export interface RenderedTool {
  readonly tool: MCPTool
  /** The input is the tool's member `input`. */
  readonly wrapsInput: boolean
  /** The output is the structured content's member `data`. */
  readonly wrapsOutput: boolean
}

/** The operation as a tool. A subscription answers with `{items, truncated}`. */
export function renderTool(spec: OperationSpec, name: string): RenderedTool {
  const input = objectSchema(spec.inputSchema)
  const stream = spec.type === 'subscription'
  const output = stream ? undefined : objectSchema(spec.outputSchema)
  return {
    wrapsInput: input === undefined,
    wrapsOutput: !stream && output === undefined,
    tool: {
      name,
      ...compact({ title: spec.title }),
      description: spec.description,
      inputSchema: input ?? wrapped('input', spec.inputSchema, true),
      outputSchema: stream
        ? collected(spec.outputSchema)
        : (output ?? wrapped('data', spec.outputSchema, false)),
      annotations: annotationsOf(spec),
    },
  }
}

/** The schema unchanged if it declares the type object. */
function objectSchema(schema: JsonSchema): ObjectSchema | undefined {
  const plain: unknown = JSON.parse(JSON.stringify(schema))
  return isPlainObject(plain) && plain['type'] === 'object' ? (plain as ObjectSchema) : undefined
}

function wrapped(member: string, schema: JsonSchema, required: boolean): ObjectSchema {
  const { part, definitions } = embedded(schema, `#/properties/${member}`)
  return {
    type: 'object',
    properties: { [member]: part },
    ...(required && { required: [member], additionalProperties: false }),
    ...definitions,
  }
}

function collected(item: JsonSchema): ObjectSchema {
  const { part, definitions } = embedded(item, '#/properties/items/items')
  return {
    type: 'object',
    properties: {
      items: { type: 'array', items: part },
      truncated: { type: 'boolean', description: 'There were more items than are given.' },
      ended: { type: 'object', description: 'The error that ended it before its own end.' },
    },
    required: ['items', 'truncated'],
    ...definitions,
  }
}

/** A schema one level deeper: its internal references are adapted, and its dialect is declared at the root. */
function embedded(schema: JsonSchema, at: string): { part: unknown; definitions: object } {
  const plain: unknown = JSON.parse(JSON.stringify(schema))
  if (!isPlainObject(plain)) return { part: plain, definitions: {} }
  const { $schema, ...part } = plain
  return {
    part: moved(part, at),
    definitions: $schema === undefined ? {} : { $schema },
  }
}

function moved(node: unknown, at: string): unknown {
  if (Array.isArray(node)) return node.map((item) => moved(item, at))
  if (!isPlainObject(node)) return node
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === '$ref' && typeof value === 'string' && /^#(?:\/|$)/.test(value)
        ? at + value.slice(1)
        : ['const', 'enum', 'default', 'examples'].includes(key)
          ? value
          : moved(value, at),
    ]),
  )
}

function annotationsOf({ title, type, hints = {} }: OperationSpec): MCPToolAnnotations {
  const readOnly = hints.readOnly ?? (type !== 'mutation' ? true : undefined)
  return {
    ...compact({
      title,
      readOnlyHint: readOnly,
      destructiveHint: hints.destructive,
      idempotentHint: hints.idempotent,
    }),
  }
}
