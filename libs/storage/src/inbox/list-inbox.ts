import { sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { approvalsSource } from './approvals-source.ts'
import { deadDeliveriesSource } from './dead-deliveries-source.ts'
import { deadLettersSource } from './dead-letters-source.ts'
import { expiringKeysSource } from './expiring-keys-source.ts'
import { findingsSource } from './findings-source.ts'
import { healthSource } from './health-source.ts'
import { ENTRIES, NEWEST, urgentOrder } from './inbox-order.ts'
import type { InboxColumns, InboxRow, InboxSource, InboxViewer } from './inbox-source.ts'

/** What the inbox shows. */
const INBOX_SOURCES: readonly InboxSource[] = [
  approvalsSource,
  findingsSource,
  deadLettersSource,
  deadDeliveriesSource,
  expiringKeysSource,
  healthSource,
]

/** Sessions whose slack orders entries; entries of further ones count as without slack. */
const MAX_SESSIONS = 1000

interface WhatInbox {
  readonly viewer: InboxViewer
  /** Only entries of these kinds. Default: all. */
  readonly kinds?: readonly string[] | undefined
}

export interface ListInbox extends PageRequest, WhatInbox {
  /** The slack of the sessions that entries concern: the most urgent entry comes first. Default: the newest comes first. */
  readonly slack?: ReadonlyMap<string, number>
}

/** What waits for the viewer: one page of each source at most is read. */
export function listInbox(db: Db, request: ListInbox): Promise<Page<InboxRow>> {
  return coded(async () => {
    const { viewer, kinds, slack } = request
    const order = slack === undefined ? NEWEST : urgentOrder(slack)
    const list = slack === undefined ? 'inbox' : 'urgent inbox'
    const keyset = new Keyset(order.columns, order.direction, [list, viewer, kinds?.toSorted()])
    const cursor = keyset.values(request)
    const page = (columns: InboxColumns) =>
      cursor === undefined ? sql`true` : order.after(columns, cursor)
    const limit = Keyset.limit(request)
    const selects = sourcesOf(kinds).map((source) =>
      order.first(source, source.select(viewer, page), limit),
    )
    if (selects.length === 0) return { items: [] }
    const rows = (await db.execute(sql`
      select kind, id, at, title, account_id as "accountId", org_id as "orgId", subject_type as "subjectType",
        subject_id as "subjectId", detail, severity, deadline, session_id as "sessionId",
        default_decision as "defaultDecision", to_jsonb(asked_of) as "askedOf"
      from (${sql.join(selects, sql` union all `)}) as ${ENTRIES}
      order by ${order.by} limit ${limit}::int`)) as unknown as InboxRow[]
    const items = rows.map((row) => ({
      ...row,
      at: new Date(row.at),
      deadline: row.deadline === null ? null : new Date(row.deadline),
    }))
    return keyset.page(items, request, (row) => order.keyOf(row))
  })
}

/** The sessions that what waits for the viewer concerns, 1,000 at most. */
export function sessionsOfInbox(db: Db, { viewer, kinds }: WhatInbox): Promise<readonly string[]> {
  return coded(async () => {
    const selects = sourcesOf(kinds)
      .filter(({ isPlain = false }) => !isPlain)
      .map((source) => sql`(${source.select(viewer, () => sql`true`)})`)
    if (selects.length === 0) return []
    const rows = (await db.execute(sql`
      select distinct session_id as id from (${sql.join(selects, sql` union all `)}) as ${ENTRIES}
      where session_id is not null limit ${MAX_SESSIONS}::int`)) as unknown as { id: string }[]
    return rows.map(({ id }) => id)
  })
}

function sourcesOf(kinds: readonly string[] | undefined): readonly InboxSource[] {
  return INBOX_SOURCES.filter(({ kind }) => kinds?.includes(kind) ?? true)
}
