import { sql } from 'drizzle-orm'
import { approvalsOf } from '../approvals/read-approvals.ts'
import { approvals } from '../schema/approvals/approvals.ts'
import type { InboxSource } from './inbox-source.ts'

/** Approvals without an answer. */
export const approvalsSource: InboxSource = {
  kind: 'approval',
  select: (viewer, page) => sql`
    select 'approval', ${approvals.id}, ${approvals.createdAt}, ${approvals.question}, ${approvals.accountId}, ${approvals.orgId},
      ${approvals.subjectType}, ${approvals.subjectId}, ${approvals.kind}::text, null, ${approvals.deadline}, ${approvals.sessionId},
      ${approvals.defaultDecision}::text, ${approvals.askedOf}
    from ${approvals}
    where ${approvals.status} = 'open' and ${approvalsOf(viewer)}
      and ${page({
        at: sql`${approvals.createdAt}`,
        id: sql`${approvals.id}`,
        deadline: sql`${approvals.deadline}`,
        sessionId: sql`${approvals.sessionId}`,
      })}`,
}
