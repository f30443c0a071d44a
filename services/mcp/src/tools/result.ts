import { CodedError } from '@alkdev/errors'

export interface ToolResult {
  [member: string]: unknown
  content: { type: 'text'; text: string }[]
  structuredContent?: Record<string, unknown>
  isError?: boolean
}

/** A result as text, and as structured content where it is an object (anything else is wrapped as `{data}`). */
export function okResult(value: unknown): ToolResult {
  const object = typeof value === 'object' && value !== null && !Array.isArray(value)
  return {
    content: [{ type: 'text', text: JSON.stringify(value ?? null) }],
    structuredContent: object ? (value as Record<string, unknown>) : { data: value ?? null },
  }
}

/** A failure for the model to read: code, message and details, so that it can mend its call, and of a repeated failure the first call's id. */
export function errorResult(thrown: unknown): ToolResult {
  const error = CodedError.from(thrown)
  const { callId } = error
  const wire = { ...error.toWire(), ...(callId !== undefined && { callId }) }
  return {
    content: [{ type: 'text', text: JSON.stringify(wire) }],
    structuredContent: { ...wire },
    isError: true,
  }
}
