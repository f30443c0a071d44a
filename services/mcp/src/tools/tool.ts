import type { Authenticated } from '@alkdev/contracts'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'

/** What a tool may use of the request that calls it. */
export interface ToolCall {
  readonly authenticated: Authenticated
  /** Where the request came from, as metadata of the calls that it makes. */
  readonly from: Readonly<Record<string, unknown>>
  /** Aborted when the client cancels or leaves, and when its key ends. */
  readonly signal: AbortSignal
  /** Counts a stream that the key has open; call what it returns when it has ended. Throws RATE_LIMITED. */
  stream(): () => void
  /** Undefined when the key is known to be valid. Otherwise a promise that resolves when it is found valid, and rejects when it is not. */
  hold(signal: AbortSignal): Promise<void> | undefined
  /** Reports progress, if the client requested progress notifications. */
  progress(done: number, message: string): Promise<void>
}

export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly inputSchema: { readonly type: 'object'; readonly [keyword: string]: unknown }
  /** By which the input is checked, when more is taken than is shown. */
  readonly checkedSchema?: Tool['inputSchema']
  readonly annotations: {
    readonly readOnlyHint: boolean
    readonly destructiveHint?: boolean
    readonly idempotentHint?: boolean
    readonly openWorldHint: boolean
  }
  /** Throws what the model should read: it becomes a result with isError. */
  run(input: unknown, call: ToolCall): Promise<MCPToolResult>
}
