import { sql } from 'drizzle-orm'
import { memberOf } from '../approvals/read-approvals.ts'
import { detections } from '../schema/coordination/detections.ts'
import type { InboxSource } from './inbox-source.ts'

/** Findings that are not resolved; for a session those about itself. */
export const findingsSource: InboxSource = {
  kind: 'finding',
  select: ({ accountId, orgIds, sessionId }, page) => sql`
    select 'finding', ${detections.id}, ${detections.createdAt}, ${detections.summary}, ${detections.accountId}, ${detections.orgId},
      ${detections.subjectType}, ${detections.subjectId}, ${detections.kind}, ${detections.severity}::text, null::timestamptz, ${detections.sessionId}, null,
      null::text[]
    from ${detections}
    where ${detections.resolvedAt} is null
      and ${
        sessionId === undefined
          ? sql`(${detections.accountId} = ${accountId} or ${detections.orgId} = any(${memberOf(accountId, orgIds)}))`
          : sql`${detections.subjectType} = 'session' and ${detections.subjectId} = ${sessionId}`
      }
      and ${page({
        at: sql`${detections.createdAt}`,
        id: sql`${detections.id}`,
        sessionId: sql`${detections.sessionId}`,
      })}`,
}
