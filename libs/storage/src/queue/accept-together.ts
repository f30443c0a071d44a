import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { endOfGrant, grantMetadata } from '../identity/grants.ts'
import type { AcceptedCall } from './accept-queued-calls.ts'
import { byScope, callRows, insertCalls, insertKeys, scopeOf } from './new-queued-call.ts'
import type { NewQueuedCall, QueueingCaller } from './new-queued-call.ts'

/** A request that queues one call. */
export interface AcceptRequest {
  readonly caller: QueueingCaller
  readonly call: NewQueuedCall
}

/**
 * Writes calls of several requests, each with its idempotency key, in one statement and one commit. Gives for each request, in the order given, its
 * call, or undefined when the request must be made alone (`acceptQueuedCalls`): the rights of its caller have no grant yet, its key or its id
 * exists, or another request of the list has the same. Of those nothing is written. Rejects when nothing was written at all, for
 * example because PostgreSQL does not take a value of one of them.
 */
export function acceptTogether(
  db: Db,
  requests: readonly AcceptRequest[],
): Promise<readonly (AcceptedCall | undefined)[]> {
  const asked = distinct(requests)
  return coded(async () => {
    const callers = new Map<string, { nth: number; caller: QueueingCaller }>()
    const groups = asked.map(({ caller }) => {
      const text = JSON.stringify(caller)
      const known = callers.get(text) ?? { nth: callers.size, caller }
      callers.set(text, known)
      return known.nth
    })
    const calls = asked.map(({ caller: { accountId }, call }) => ({ accountId, call }))
    const rows = callRows(calls, (at) => groups[at] ?? 0)
    const [row] = await db.execute<{ ids: string[] }>(sql`
      with granted as materialized (
        select c.nth, (
          select g.id from grants g
          where g.key_id = c.key_id and g.account_id = c.account_id and g.scopes = c.scopes and g.resources = c.resources and g.metadata = c.metadata
            and g.parent_grant_id is null and g.expires_at is not distinct from c.expires_at and g.revoked_at is null limit 1) as grant_id
        from json_to_recordset(${callerRows([...callers.values()])}::json)
          as c(nth integer, key_id text, account_id text, scopes text[], resources jsonb, metadata jsonb, expires_at timestamptz)),
      asked as materialized (
        select * from (
          select a.*, g.grant_id, (select q.id from queued_calls q where q.id = a.id) as known_id
          from ${rows} join granted g on g.nth = a.group_nth) b
        where grant_id is not null and known_id is null),
      keyed as (${insertKeys(sql`asked a`)}),
      inserted as (${insertCalls(sql`asked a where a.key is null or a.id in (select call_id from keyed)`, sql`a.grant_id`)})
      select coalesce(array_agg(id), '{}') as ids,
        -- A key whose call was inserted by another transaction in the meantime must not stay: the division by zero undoes the whole statement.
        1 / (case when (select count(*) from keyed) = count(*) filter (where id in (select call_id from keyed)) then 1 else 0 end) as one
      from inserted`)
    const inserted = new Set(row?.ids)
    return requests.map((request) =>
      asked.includes(request) && inserted.has(request.call.id)
        ? { callId: request.call.id, known: false }
        : undefined,
    )
  })
}

/** In the order in which their keys are claimed; of those with the same key or id only the first. */
function distinct(requests: readonly AcceptRequest[]): AcceptRequest[] {
  const seen = new Set<string>()
  const isNew = (name: string): boolean => seen.size < seen.add(name).size
  return requests
    .filter(({ caller, call }) => {
      const isNewId = isNew(`id ${call.id}`)
      if (call.idempotencyKey === undefined) return isNewId
      return isNew(`key ${caller.accountId} ${scopeOf(call)}`) && isNewId
    })
    .map((request) => ({ request, accountId: request.caller.accountId, call: request.call }))
    .toSorted(byScope)
    .map(({ request }) => request)
}

function callerRows(callers: readonly { nth: number; caller: QueueingCaller }[]): string {
  return JSON.stringify(
    callers.map(({ nth, caller }) => ({
      nth,
      account_id: caller.accountId,
      key_id: caller.keyId,
      scopes: caller.scopes,
      resources: caller.resources,
      metadata: grantMetadata(caller.withinOrgs),
      expires_at: endOfGrant(caller.rightsEndAtMs),
    })),
  )
}
