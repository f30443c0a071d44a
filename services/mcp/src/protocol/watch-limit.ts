import { ProtocolErrorCode } from '@modelcontextprotocol/server'
import { membersOf } from './members-of.ts'

/** Resources that one stream of changes, or one session, watches. */
export const MAX_WATCHED = 100

/**
 * The answer to a `subscriptions/listen` for more resources than are watched, which the SDK would acknowledge all; undefined for any other request.
 */
export function refuseWatches(body: unknown): Response | undefined {
  const { id, method, params } = membersOf(body)
  if (method !== 'subscriptions/listen') return undefined
  const uris = membersOf(membersOf(params)['notifications'])['resourceSubscriptions']
  if (!Array.isArray(uris) || uris.length <= MAX_WATCHED) return undefined
  const message = `A stream watches at most ${MAX_WATCHED} resources, and ${uris.length} are named.`
  return Response.json({
    jsonrpc: '2.0',
    id: id ?? null,
    error: { code: ProtocolErrorCode.InvalidParams, message },
  })
}
