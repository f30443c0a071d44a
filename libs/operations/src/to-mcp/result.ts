import { mapError } from '../map-error.ts'
import type { MCPContentBlock, ResponseEnvelope } from '../response-envelope.ts'
import { isPlainObject } from '../schema-limits.ts'

/** What `tools/call` answers. */
export interface MCPToolResult {
  readonly content: MCPContentBlock[]
  readonly structuredContent?: Record<string, unknown>
  readonly isError?: boolean
  readonly [member: string]: unknown
}

/** An operation's answer. Content blocks of another MCP server go on as they are; otherwise the text is the data's JSON. */
export function toolResult(envelope: ResponseEnvelope, wraps: boolean): MCPToolResult {
  const { data, meta } = envelope
  const content: MCPContentBlock[] =
    meta.source === 'mcp'
      ? [...meta.content]
      : [{ type: 'text', text: typeof data === 'string' ? data : (JSON.stringify(data) ?? 'null') }]
  return {
    content,
    structuredContent: wraps || !isPlainObject(data) ? { data: data ?? null } : data,
  }
}

/** A failure for the model to read, so that it can mend its call: `isError`, and code, message and details as text and as structured content. */
export function errorResult(error: unknown): MCPToolResult {
  const wire = mapError(error).toWire()
  return {
    content: [{ type: 'text', text: JSON.stringify(wire) }],
    structuredContent: { ...wire },
    isError: true,
  }
}
