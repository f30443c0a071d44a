import type { Transport } from '@modelcontextprotocol/client'
import type { AccessControl, IOperationDefinition } from '../../../registry/types.ts'

/** One report of a running tool. */
export interface MCPProgress {
  readonly serverName: string
  readonly toolName: string
  /** The request id of the call, if it has one. */
  readonly requestId: string | undefined
  readonly progress: number
  readonly total?: number
  readonly message?: string
}

/** The address of a server and its transport: `transport`, `url` for streamable HTTP, or `command` for a process on stdio. */
export interface MCPClientConfig {
  /** Makes the transport; instead of `url` and `command`. */
  readonly transport?: () => Transport
  readonly command?: string
  readonly args?: readonly string[]
  /** Added to the few variables that a child process gets (PATH, HOME and the like). */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The destination of the process' standard error. Default `ignore`. */
  readonly stderr?: 'ignore' | 'inherit'
  readonly url?: string
  /** Sent with each request to `url`; credentials go here. Redirects to other origins are not followed. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sends the requests to `url`; the `httpFetch` of `@alkdev/std/fetch` unless given. */
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** Version of the operations; `1.0.0` unless given. */
  readonly version?: string
  /**
   * `auto` (the default) asks the server for its era (2026-07-28, or 2025-11-25 and before with `initialize`); on stdio that starts a
   * second, short-lived process. `legacy` starts with `initialize` at once.
   */
  readonly protocol?: 'auto' | 'legacy'
  /** Milliseconds for connecting and for one list of tools; 30 000 unless given. */
  readonly connectTimeout?: number
  /** Milliseconds of a call without a message of the server; default 30 000. Each progress report restarts them. */
  readonly timeout?: number
  /** Maximum milliseconds of a call, also with progress reports. Default 600 000. */
  readonly maxTimeout?: number
  /**
   * What happens when a tool's answer does not fit its output schema. `warn` (the default): it is returned, and `meta.outputMismatch` lists
   * what does not fit, because the tool has run. `error`: the call fails with EXECUTION_ERROR.
   */
  readonly checkOutput?: 'warn' | 'error'
  /** Maximum tools of a server. Default 2000. */
  readonly maxTools?: number
  /** Milliseconds between two lists of tools that notifications of the server cause. Default 0. */
  readonly minRefreshMs?: number
  readonly accessControl?: AccessControl
  readonly onProgress?: (progress: MCPProgress) => void
  /** The server's tools have changed; called with all current tools. */
  readonly onToolsChanged?: (tools: readonly IOperationDefinition[]) => void
  /** Errors without a call: a failed refresh, an invalid message. */
  readonly onError?: (error: Error) => void
  /** The connection has ended, by `closeMCPClient` or otherwise. */
  readonly onClose?: () => void
}
