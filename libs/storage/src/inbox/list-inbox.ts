import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { approvals } from '../schema/approvals/approvals.ts'
import { approvalsSource } from './approvals-source.ts'
import { deadDeliveriesSource } from './dead-deliveries-source.ts'
import { deadLettersSource } from './dead-letters-source.ts'
import { expiringKeysSource } from './expiring-keys-source.ts'
import { findingsSource } from './findings-source.ts'
import { healthSource } from './health-source.ts'
import type { InboxRow, InboxSource, InboxViewer } from './inbox-source.ts'

/** What the inbox shows. */
const INBOX_SOURCES: readonly InboxSource[] = [
  approvalsSource,
  findingsSource,
  deadLettersSource,
  deadDeliveriesSource,
  expiringKeysSource,
  healthSource,
]

export interface ListInbox extends PageRequest {
  readonly viewer: InboxViewer
  /** Only entries of these kinds. Default: all. */
  readonly kinds?: readonly string[] | undefined
}

/** What waits for the viewer, the newest first: one page of each source at most is read. */
export function listInbox(db: Db, request: ListInbox): Promise<Page<InboxRow>> {
  return coded(async () => {
    const { viewer, kinds } = request
    const sources = INBOX_SOURCES.filter(({ kind }) => kinds?.includes(kind) ?? true)
    // The columns stand for those of every source: an instant and a text.
    const columns = [approvals.createdAt, approvals.id]
    const keyset = new Keyset(columns, 'desc', ['inbox', viewer, kinds?.toSorted()])
    const cursor = keyset.values(request)
    const page = (at: SQL, id: SQL): SQL =>
      cursor === undefined
        ? sql`true`
        : sql`(${at}, ${id}) < (${cursor[0]}::timestamptz, ${cursor[1]}::text)`
    const limit = Keyset.limit(request)
    const selects = sources.map(
      (source) => sql`(${source.select(viewer, page)} order by 3 desc, 2 desc limit ${limit}::int)`,
    )
    if (selects.length === 0) return { items: [] }
    const rows = (await db.execute(sql`
      select kind, id, at, title, account_id as "accountId", org_id as "orgId", subject_type as "subjectType",
        subject_id as "subjectId", detail, severity, deadline, session_id as "sessionId"
      from (${sql.join(selects, sql` union all `)}) as entries
        (kind, id, at, title, account_id, org_id, subject_type, subject_id, detail, severity, deadline, session_id)
      order by at desc, id desc limit ${limit}::int`)) as unknown as InboxRow[]
    const items = rows.map((row) => ({
      ...row,
      at: new Date(row.at),
      deadline: row.deadline === null ? null : new Date(row.deadline),
    }))
    return keyset.page(items, request, (row) => [row.at, row.id])
  })
}
