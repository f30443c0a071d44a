import { and, desc, eq, or, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { approvals } from '../schema/approvals/approvals.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
import type { ApprovalKind, ApprovalStatus } from '../schema/approvals/families.ts'

/** Who looks: sees what is of the account or asked of it, and what is of the organizations. */
export interface WorkViewer {
  readonly accountId: string
  /** Organizations of which the viewer may see the work of other members. Membership is checked again. */
  readonly orgIds: readonly string[]
  /** The session on whose behalf the viewer looks: of approvals it sees its own and those asked of it, and no other. */
  readonly sessionId?: string | undefined
}

/** One approval, without a check of rights; undefined when there is none. */
export function getApproval(db: Db, id: string): Promise<ApprovalRow | undefined> {
  return coded(async () => (await db.select().from(approvals).where(eq(approvals.id, id)))[0])
}

/** What asks. */
interface Subject {
  readonly type: string
  readonly id: string
}

function ofKind({ type, id }: Subject, kind: ApprovalKind): SQL | undefined {
  return and(eq(approvals.subjectType, type), eq(approvals.subjectId, id), eq(approvals.kind, kind))
}

/** The newest approval of a kind that a subject asked for, without a check of rights; undefined when there is none. */
export function latestApproval(
  db: Db,
  subject: Subject,
  kind: ApprovalKind,
): Promise<ApprovalRow | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(approvals)
      .where(ofKind(subject, kind))
      .orderBy(desc(approvals.id))
      .limit(1)
    return row
  })
}

/** What a question of a subject says of its work: a refusal, else the oldest one that is open, without a check of rights. Undefined: it goes on. */
export function standingQuestion(db: Db, subject: Subject): Promise<ApprovalRow | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(approvals)
      .where(
        and(
          ofKind(subject, 'question'),
          sql`(${approvals.status} = 'open' or ${approvals.decision} = 'deny')`,
        ),
      )
      .orderBy(sql`(${approvals.status} = 'open')`, approvals.id)
      .limit(1)
    return row
  })
}

export interface ListApprovals extends PageRequest {
  readonly viewer: WorkViewer
  readonly status?: ApprovalStatus | undefined
  readonly kind?: ApprovalKind | undefined
  readonly subjectType?: string | undefined
  readonly subjectId?: string | undefined
}

/** Approvals that the viewer may see, the newest first. */
export function listApprovals(db: Db, request: ListApprovals): Promise<Page<ApprovalRow>> {
  return coded(async () => {
    const { limit: _limit, cursor: _cursor, ...filters } = request
    const { viewer, status, kind, subjectType, subjectId } = filters
    const keyset = new Keyset([approvals.id], 'desc', ['approvals', filters])
    const rows = await db
      .select()
      .from(approvals)
      .where(
        and(
          approvalsOf(viewer),
          // As the indexes are written.
          status === 'open' ? sql`${approvals.status} = 'open'` : undefined,
          status === undefined || status === 'open' ? undefined : eq(approvals.status, status),
          kind === undefined ? undefined : eq(approvals.kind, kind),
          subjectType === undefined ? undefined : eq(approvals.subjectType, subjectType),
          subjectId === undefined ? undefined : eq(approvals.subjectId, subjectId),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

/** The condition for approvals that a viewer may see. */
export function approvalsOf({ accountId, orgIds, sessionId }: WorkViewer): SQL {
  const asked = sessionId === undefined ? `account:${accountId}` : `session:${sessionId}`
  const isAsked = sql`${approvals.askedOf} && ${sql.param([asked])}::text[]`
  if (sessionId !== undefined) return or(eq(approvals.sessionId, sessionId), isAsked) as SQL
  // One that has left the organization is asked no more.
  const isAskedNow = sql`(${isAsked} and (${approvals.orgId} is null or exists (
    select from organization_members m where m.org_id = ${approvals.orgId} and m.account_id = ${accountId})))`
  return or(
    eq(approvals.accountId, accountId),
    isAskedNow,
    orgIds.length === 0 ? undefined : sql`${approvals.orgId} = any(${memberOf(accountId, orgIds)})`,
  ) as SQL
}

/** Those of the organizations that the account is a member of now. */
export function memberOf(accountId: string, orgIds: readonly string[]): SQL {
  return sql`array(select m.org_id from organization_members m
    where m.account_id = ${accountId} and m.org_id = any(${sql.param([...orgIds])}::text[]))`
}

/** Deletes approvals that ended before `keptMs` milliseconds ago, unless the run or the turn that asked has not ended. At most `limit`; gives how many. */
export function pruneApprovals(db: Db, keptMs: number, limit: number): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from approvals where id in (
        select id from approvals where ended_at < now() - ${keptMs / 1000}::double precision * interval '1 second'
          and not exists (select from workflow_runs r where r.id = approvals.subject_id and r.ended_at is null)
          and not exists (select from turns t where t.id = approvals.subject_id and t.ended_at is null)
        order by ended_at limit ${limit}::int)
      returning id`)
    return rows.length
  })
}
