import type { SQL } from 'drizzle-orm'
import type { WorkViewer } from '../approvals/read-approvals.ts'

/** Who looks, and what else than work the viewer may see. */
export interface InboxViewer extends WorkViewer {
  /** The keys of the account. Default: false. */
  readonly keys?: boolean
  /** The state of the hub. Default: false. */
  readonly system?: boolean
}

/** The columns of an entry: what every source selects, in this order and with these names. */
export interface InboxRow {
  readonly kind: string
  readonly id: string
  /** Since when it waits. */
  readonly at: Date
  readonly title: string
  /** The account whose work it is. */
  readonly accountId: string | null
  readonly orgId: string | null
  readonly subjectType: string | null
  readonly subjectId: string | null
  /** The kind within the source: `question`, `schedule-paused`; of a dead letter the code of its error. */
  readonly detail: string | null
  readonly severity: string | null
  readonly deadline: Date | null
  /** The session whose work it concerns. */
  readonly sessionId: string | null
  /** What is decided at the deadline without an answer. */
  readonly defaultDecision: string | null
  /** Of an approval: the accounts and sessions that are asked; empty for one that names none. */
  readonly askedOf: readonly string[] | null
}

/** The columns by which entries are ordered. */
export interface InboxColumns {
  readonly at: SQL
  readonly id: SQL
  /** Absent for a source whose entries have no deadline. */
  readonly deadline?: SQL
  /** Absent for a source whose entries concern no session. */
  readonly sessionId?: SQL
}

/** One kind of entries of the inbox. A source is a file beside this one, and a line of `INBOX_SOURCES`. */
export interface InboxSource {
  readonly kind: string
  /** Its entries have no deadline and concern no session, so that time alone orders them. */
  readonly isPlain?: true
  /**
   * `select` with the columns `kind, id, at, title, account_id, org_id, subject_type, subject_id, detail, severity, deadline, session_id,
   * default_decision, asked_of` of the open entries that the viewer may see. `page(columns)` is the condition for the entries of the page.
   */
  select(viewer: InboxViewer, page: (columns: InboxColumns) => SQL): SQL
}
