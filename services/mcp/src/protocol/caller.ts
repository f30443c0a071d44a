import type { Authenticated } from '@alkdev/contracts'
import type { AuthInfo } from '@modelcontextprotocol/server'
import type { UnreadReports } from './unread-reports.ts'

/** Returns, or throws, what a call gave. */
export type Outcome = () => unknown

/** The caller of a request. */
export interface Caller {
  readonly authenticated: Authenticated
  readonly from: Readonly<Record<string, unknown>>
  /** Of the calls that the request makes, when another hub sent it. */
  readonly depth: number | undefined
  /** The request is nested too deep, and only its outline is available. */
  readonly tooDeep: boolean
  /** Aborted, with the reason, when the key is no longer valid: running calls end with it as their error. */
  readonly keyEnded: AbortSignal
  /** Of a plain call: one controller for all that ends it, whose signal is `keyEnded` too. */
  readonly ending?: AbortController
  /** The trace of the HTTP request. */
  readonly traceparent?: string | undefined
  /** `mcp-session-id` of clients of 2025-11-25 and older. */
  readonly session: string | undefined
  /** URIs of resources whose changes `subscriptions/listen` asks for. */
  readonly watches?: readonly string[]
  /** What the client of `subscriptions/listen` has not read yet. */
  readonly unread?: UnreadReports
  /** Set when its call has run: gives once what the protocol answers. */
  readonly ran?: { take(): Outcome | undefined }
}

/** The caller of a request that the protocol does not serve yet. */
export type Asking = Omit<Caller, 'ending' | 'keyEnded' | 'ran'>

/** How the route passes the caller through the protocol. */
export function authInfoOf(caller: Caller): AuthInfo {
  const { id, scopes } = caller.authenticated.identity
  return { token: '', clientId: id, scopes: [...scopes], extra: { caller } }
}

/** Throws an Error for a request that the route has not authenticated. */
export function callerOfRequest(authInfo: AuthInfo | undefined): Caller {
  const caller = authInfo?.extra?.['caller'] as Caller | undefined
  if (caller === undefined) throw new Error('an unauthenticated request reached the MCP handler')
  return caller
}
