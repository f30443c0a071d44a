import { CallError } from '@alkdev/operations'
import type { Caller } from '@alkdev/service'
import { compact } from '@alkdev/std'
import type { QueueingCaller } from '@alkdev/storage/queue'

/** The rights that are stored for work that runs later: those of an OAuth token until it ends. Throws ACCESS_DENIED for a caller without an API key. */
export function queueingCaller({
  id,
  keyId,
  scopes,
  resources = {},
  withinOrgs,
  rightsEndAtMs,
}: Caller): QueueingCaller {
  if (keyId === undefined)
    throw new CallError('ACCESS_DENIED', 'Calls are queued with the rights of an API key.')
  const rights = Object.fromEntries(
    Object.entries(resources).map(([on, actions]) => [on, [...actions]]),
  )
  const ends = compact({ withinOrgs, rightsEndAtMs })
  return { accountId: id, keyId, scopes, resources: rights, ...ends }
}
