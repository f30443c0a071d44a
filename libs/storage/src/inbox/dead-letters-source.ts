import { sql } from 'drizzle-orm'
import { isDeadLetter } from '../queue/dead-letters.ts'
import { queuedCallResults } from '../schema/calls/queued-call-results.ts'
import { queuedCalls } from '../schema/calls/queued-calls.ts'
import type { InboxSource } from './inbox-source.ts'

/** Dead letters of the account; none for a session, which did not queue all of them. */
export const deadLettersSource: InboxSource = {
  kind: 'dead-letter',
  isPlain: true,
  select: ({ accountId, sessionId }, page) => sql`
    select 'dead-letter', ${queuedCalls.id}, ${queuedCalls.endedAt}, ${queuedCalls.operationName}, ${queuedCalls.accountId}, null,
      'call', ${queuedCalls.id}, substring(${queuedCallResults.error} from '^\\{"code":"([^"\\\\]*)"'), null, null::timestamptz, null, null,
      null::text[]
    from ${queuedCalls} left join ${queuedCallResults} on ${queuedCallResults.callId} = ${queuedCalls.id}
    where ${isDeadLetter} and ${queuedCalls.accountId} = ${accountId}
      and ${sessionId === undefined} and ${page({ at: sql`${queuedCalls.endedAt}`, id: sql`${queuedCalls.id}` })}`,
}
