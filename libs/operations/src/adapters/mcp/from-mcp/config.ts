import type { AccessControl, IOperationDefinition } from '../../../registry/types.ts'

/** One report of a running tool. */
export interface MCPProgress {
  readonly serverName: string
  readonly toolName: string
  /** Of the call that the report belongs to, when it has one. */
  readonly requestId: string | undefined
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** Where a server is and how it is spoken to: `url` for streamable HTTP, else `command` for a process on stdio. */
export interface MCPClientConfig {
  readonly command?: string
  readonly args?: readonly string[]
  /** Added to the few variables that a child process gets (PATH, HOME and the like). */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Where the process' standard error goes; `ignore` unless given. */
  readonly stderr?: 'ignore' | 'inherit'
  readonly url?: string
  /** Sent with each request to `url`; credentials go here. Redirects to other origins are not followed. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sends the requests to `url`; the `httpFetch` of `@alkdev/std/fetch` unless given. */
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** Version of the operations; `1.0.0` unless given. */
  readonly version?: string
  /**
   * `auto` (the default) asks the server which era it speaks (2026-07-28, or 2025-11-25 and before with `initialize`); on stdio that starts a second, short-lived
   * process. `legacy` starts with `initialize` at once.
   */
  readonly protocol?: 'auto' | 'legacy'
  /** Milliseconds for connecting and for one list of tools; 30 000 unless given. */
  readonly connectTimeout?: number
  /** Milliseconds of a call without a message of the server; default 30 000. Each progress report restarts them. */
  readonly timeout?: number
  /** Milliseconds of a call in all, however much progress it reports; 600 000 unless given. */
  readonly maxTimeout?: number
  /**
   * What happens when a tool's answer does not fit its output schema. `warn` (the default): it is returned, and `meta.outputMismatch` lists what does not fit, because
   * the tool has run. `error`: the call fails with EXECUTION_ERROR.
   */
  readonly checkOutput?: 'warn' | 'error'
  /** Tools that a server may have; 2000 unless given. */
  readonly maxTools?: number
  readonly accessControl?: AccessControl
  readonly onProgress?: (progress: MCPProgress) => void
  /** The server's tools have changed; these are all that there are now. */
  readonly onToolsChanged?: (tools: readonly IOperationDefinition[]) => void
  /** Errors that belong to no call: a failed refresh, an invalid message. */
  readonly onError?: (error: Error) => void
  /** The connection has ended, by `closeMCPClient` or by itself. */
  readonly onClose?: () => void
}
