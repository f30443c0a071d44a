import { CodedError } from '@alkdev/errors'
import { CallError } from '../../../calls/call-error.ts'
import { mapError } from '../../../calls/map-error.ts'
import type { MCPContentBlock, ResponseEnvelope } from '../../../calls/response-envelope.ts'
import { isPlainObject } from '../../../schema/schema-limits.ts'

type Writable<T> = T extends object ? { -readonly [Key in keyof T]: Writable<T[Key]> } : T

type Embedded = Writable<Extract<MCPContentBlock, { type: 'resource' }>>
/** In MCP a resource contains text or bytes. */
type EmbeddedResource = Omit<Embedded, 'resource'> & {
  resource: { uri: string; mimeType?: string } & ({ text: string } | { blob: string })
}

/** The result of `tools/call`; writable, like the SDK's type. */
export interface MCPToolResult {
  content: (Writable<Exclude<MCPContentBlock, { type: 'resource' }>> | EmbeddedResource)[]
  structuredContent?: Record<string, unknown>
  isError?: boolean
  [member: string]: unknown
}

/** An operation's answer. Content blocks of another MCP server are passed on unchanged; otherwise the text is the JSON of the data. */
export function toolResult(envelope: ResponseEnvelope, wraps: boolean): MCPToolResult {
  const { data, meta } = envelope
  const content =
    meta.source === 'mcp'
      ? ([...meta.content] as MCPToolResult['content'])
      : [
          {
            type: 'text' as const,
            text: typeof data === 'string' ? data : (JSON.stringify(data) ?? 'null'),
          },
        ]
  return {
    content,
    structuredContent: wraps || !isPlainObject(data) ? { data: data ?? null } : data,
  }
}

/**
 * An answer of which nothing was declared to the client. The result of another MCP server continues as it is: its content blocks,
 * structured content and whether it is an error. Text stays text; any other value is as in `jsonResult`.
 */
export function envelopeResult(envelope: ResponseEnvelope): MCPToolResult {
  const { data, meta } = envelope
  if (meta.source !== 'mcp')
    return typeof data === 'string' ? toolResult(envelope, false) : jsonResult(data)
  const { content, structuredContent, isError } = meta
  return {
    content: [...content] as MCPToolResult['content'],
    ...(structuredContent !== undefined && { structuredContent: { ...structuredContent } }),
    ...(isError && { isError }),
  }
}

/** A value as JSON text, also a string, and as structured content: an object unchanged, anything else as `{data}`. */
export function jsonResult(value: unknown): MCPToolResult {
  const data = value ?? null
  return {
    content: [{ type: 'text', text: JSON.stringify(data) }],
    structuredContent: isPlainObject(data) ? data : { data },
  }
}

/**
 * A failure that the model can read to correct its call: `isError`, and code, message and details as text and as structured
 * content. The repetition of a failed call also has `callId`, the id of the first call.
 */
export function errorResult(error: unknown): MCPToolResult {
  const { text, plain } = writable(ofCall(error))
  return {
    content: [{ type: 'text', text }],
    structuredContent: plain,
    isError: true,
  }
}

/**
 * The items of a subscription that has ended. `error`: what ended it before its own end. Items that came before a deadline are the answer,
 * with the reason in `ended`. Any other error is a failure, which keeps the items that came before it.
 */
export function itemsResult(
  items: readonly unknown[],
  { truncated, error }: { readonly truncated: boolean; readonly error?: unknown },
): MCPToolResult {
  if (error === undefined) return jsonResult({ items, truncated })
  const { text, plain } = writable(ofCall(error))
  if (plain['code'] === 'TIMEOUT') return jsonResult({ items, truncated: true, ended: plain })
  if (items.length === 0)
    return { content: [{ type: 'text', text }], structuredContent: plain, isError: true }
  return { ...jsonResult({ ...plain, items, truncated: true }), isError: true }
}

/** A coded error comes from a call, which has checked its code against the operation; the message of any other error is only logged. */
function ofCall(error: unknown): CallError {
  return error instanceof CodedError ? CallError.from(error) : mapError(error)
}

/** The error as JSON, without details that have no JSON text: the transport could not send them. */
function writable(error: CallError): { text: string; plain: Record<string, unknown> } {
  const { code, message, callId } = error
  const first = callId === undefined ? {} : { callId }
  for (const wire of [() => ({ ...error.toWire(), ...first }), () => ({ code, message, ...first })])
    try {
      const text = JSON.stringify(wire())
      return { text, plain: JSON.parse(text) as Record<string, unknown> }
    } catch {
      // Without the details the model still gets code and message.
    }
  return { text: code, plain: { code } }
}
