import type { IncomingHttpHeaders } from 'node:http'
import type { Identity } from '@alkdev/operations'
import { member } from '../usage/usage.ts'

const MAX_CHARACTERS = 512

/**
 * The name of the session that a request belongs to: requests of one session go to the same target and key, where the prompt is cached. It is
 * that of the header `x-alkhub-session`, the session of the caller, `prompt_cache_key`, or the user in the metadata of a message. Sessions
 * of different accounts differ. Undefined when the request names none.
 */
export function sessionOf(
  identity: Identity,
  headers: IncomingHttpHeaders,
  body: unknown,
): string | undefined {
  const named = [
    headers['x-alkhub-session'],
    identity.sessionId,
    member(body, 'prompt_cache_key'),
    member(member(body, 'metadata'), 'user_id'),
  ].find((one): one is string => typeof one === 'string' && one !== '')
  return named === undefined ? undefined : `${identity.id} ${named.slice(0, MAX_CHARACTERS)}`
}
