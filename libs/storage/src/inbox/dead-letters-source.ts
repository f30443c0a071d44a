import { sql } from 'drizzle-orm'
import { queuedCallResults } from '../schema/calls/queued-call-results.ts'
import { queuedCalls } from '../schema/calls/queued-calls.ts'
import type { InboxSource } from './inbox-source.ts'

/** Queued calls of the account that failed and were not repeated; none for a session, which did not queue all of them. */
export const deadLettersSource: InboxSource = {
  kind: 'dead-letter',
  select: ({ accountId, sessionId }, page) => sql`
    select 'dead-letter', ${queuedCalls.id}, ${queuedCalls.endedAt}, ${queuedCalls.operationName}, ${queuedCalls.accountId}, null,
      'call', ${queuedCalls.id}, substring(${queuedCallResults.error} from '^\\{"code":"([^"\\\\]*)"'), null, null::timestamptz, null
    from ${queuedCalls} left join ${queuedCallResults} on ${queuedCallResults.callId} = ${queuedCalls.id}
    where ${queuedCalls.status} = 'failed' and ${queuedCalls.repeatedAs} is null and ${queuedCalls.accountId} = ${accountId}
      and ${queuedCalls.kind} = 'call' and ${sessionId === undefined} and ${page(sql`${queuedCalls.endedAt}`, sql`${queuedCalls.id}`)}`,
}
