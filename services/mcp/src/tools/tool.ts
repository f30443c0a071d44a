import type { Identity } from '@alkdev/operations'

/** What a tool may use of the request that calls it. */
export interface ToolCall {
  readonly identity: Identity
  /** Where the request came from, as metadata of the calls that it makes. */
  readonly from: Readonly<Record<string, unknown>>
  /** Aborted when the client cancels or leaves, and when its key ends. */
  readonly signal: AbortSignal
  /** Counts a stream that the key has open; call what it returns when it has ended. Throws RATE_LIMITED. */
  stream(): () => void
  /** Undefined when the key is known to be good; else resolves when somebody can say so, and rejects when it is not. */
  hold(signal: AbortSignal): Promise<void> | undefined
  /** Tells the client how far the work is, when it asked to be told. */
  progress(done: number, message: string): Promise<void>
}

export interface Tool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly inputSchema: { readonly type: 'object'; readonly [keyword: string]: unknown }
  readonly annotations: {
    readonly readOnlyHint: boolean
    readonly destructiveHint?: boolean
    readonly idempotentHint?: boolean
    readonly openWorldHint: boolean
  }
  /** Resolves with the structured result. Throws what the model should read: it becomes a result with isError. */
  run(input: unknown, call: ToolCall): Promise<unknown>
}
