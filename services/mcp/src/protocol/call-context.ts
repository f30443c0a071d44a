import type { ServerContext } from '@modelcontextprotocol/server'

/** The part of a request of the protocol that calls use: from the SDK, or of a plain call, which the SDK does not read. */
export interface CallContext {
  readonly mcpReq: Pick<
    ServerContext['mcpReq'],
    '_meta' | 'envelope' | 'inputResponses' | 'notify' | 'signal'
  > & { requestState(): unknown }
  readonly http?: Pick<NonNullable<ServerContext['http']>, 'authInfo'> | undefined
}
