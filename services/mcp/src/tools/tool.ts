import type { Authenticated } from '@alkdev/contracts'
import type { CallError } from '@alkdev/operations'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'
import type { CreatedTask } from '../tasks/task-view.ts'

/** Metadata `mcp` of a call: the client that the operation may ask with INPUT_REQUIRED, and its answers when it was asked. */
export interface ClientFacts {
  readonly capabilities: Readonly<Record<string, unknown>>
  /** By the names of the operation's requests. */
  readonly inputResponses?: Readonly<Record<string, unknown>>
  /** As the operation gave it with its requests. */
  readonly requestState?: unknown
}

/** The part of a request that a tool may use. */
export interface ToolCall {
  readonly authenticated: Authenticated
  /** The id of the call that `call` and `query` make, which their results have in `_meta`. */
  readonly callId: string
  /** The origin of the request, as metadata of its calls. */
  readonly from: Readonly<Record<string, unknown>>
  /** Of the calls that the tool makes, when another hub sent the request. */
  readonly depth?: number | undefined
  /** W3C trace context of the calls of the tool. */
  readonly traceparent?: string | undefined
  /** Aborted when the client cancels or disconnects, and when its key ends. */
  readonly signal: AbortSignal
  /** Aborts the signal: the operation may no longer be called. */
  endCall(reason: CallError): void
  /** The client takes a task in place of a result. */
  readonly takesTasks?: boolean
  /** Counts an open stream of the key; call the returned function when it has ended. Throws RATE_LIMITED. */
  stream(): () => void
  /** Undefined when the key is known to be valid. Otherwise a promise that resolves when it is found valid, and rejects when it is not. */
  hold(signal: AbortSignal): Promise<void> | undefined
  /** What the client can do and has answered, as metadata of the calls of the tool. */
  readonly client?: ClientFacts
  /** Resolves when a person has agreed to the call, or need not. Throws INPUT_REQUIRED when a person must be asked, ABORTED when the person refused. */
  consent?(operationId: string, input: unknown): Promise<void>
  /** Reports progress, if the client requested progress notifications. `total` is what `done` reaches at the end. */
  progress(done: number, message: string, total?: number): Promise<void>
}

export interface Tool {
  readonly name: string
  /** Set for a tool that calls an operation: its results have the id of the call, and their long texts are cut. */
  readonly callsOperation?: true
  readonly title: string
  readonly description: string
  readonly inputSchema: { readonly type: 'object'; readonly [keyword: string]: unknown }
  /** The schema that checks the input, if it accepts more than the shown one. */
  readonly checkedSchema?: Tool['inputSchema']
  readonly annotations: {
    readonly readOnlyHint: boolean
    readonly destructiveHint?: boolean
    readonly idempotentHint?: boolean
    readonly openWorldHint: boolean
  }
  /** Throws errors for the model, which become results with isError. */
  run(input: unknown, call: ToolCall): Promise<MCPToolResult | CreatedTask>
}
