import { randomBytes } from 'node:crypto'
import { CodedError } from '@alkdev/errors'
import { must, uuidv7 } from '@alkdev/std'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { builtOnce } from '../database/built-once.ts'
import { hasText } from '../database/has-text.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { projects } from '../schema/projects/projects.ts'
import { messages } from '../schema/sessions/messages.ts'
import { sessions } from '../schema/sessions/sessions.ts'
import type { SessionRow } from '../schema/sessions/sessions.ts'
import type { SessionStatus } from '../schema/sessions/families.ts'
import { endMapping } from '../coordination/mappings.ts'
import { appendSessionEvents } from './session-events.ts'
import { fireWaits } from './turn-lifecycle.ts'
import { forgetHead } from './worktree-head.ts'

/** What a new session has. */
export interface NewSession {
  readonly id?: string | undefined
  readonly accountId: string
  readonly projectId: string
  readonly grantId: string
  readonly title: string
  readonly mode?: 'agent' | 'external' | undefined
  readonly roleId?: string | undefined
  readonly roleName?: string | undefined
  readonly roleChain?: readonly string[] | undefined
  readonly model?: string | undefined
  readonly instructions?: string | undefined
  readonly workspaceId?: string | undefined
  readonly parentId?: string | undefined
  readonly rootId?: string | undefined
  readonly depth?: number | undefined
  readonly forkedFrom?: string | undefined
  readonly forkedAt?: string | undefined
  readonly inputPolicy?: 'reject' | 'queue' | 'interrupt' | undefined
  /** Of the input that it was created with, where the caller may ask again with its id. */
  readonly inputHash?: string | undefined
}

/**
 * Stores a session in the caller's transaction. It finds its workspace as that is then, whatever an earlier session left there. Throws CONFLICT when the id is
 * taken, or its workspace has a live session.
 */
export function createSession(tx: Db, session: NewSession): Promise<SessionRow> {
  return coded(async () => {
    const { id = uuidv7(), roleChain = [], inputHash, ...columns } = session
    const [row] = await tx
      .insert(sessions)
      .values({
        ...columns,
        id,
        rootId: session.rootId ?? id,
        roleChain: [...roleChain],
        metadata: inputHash === undefined ? {} : { [INPUT_HASH]: inputHash },
        workspaceRequired: session.workspaceId !== undefined,
        slug: slugOf(session.title),
        lastActivityAt: sql`now()`,
      })
      .returning()
    if (session.workspaceId !== undefined) await forgetHead(tx, id)
    return must(row)
  })
}

/** Member of the metadata of a session. */
const INPUT_HASH = 'inputHash'

/** The hash of the input that a session was created with; undefined for one that was made otherwise. */
export function createdWith({ metadata }: Pick<SessionRow, 'metadata'>): unknown {
  return (metadata as Readonly<Record<string, unknown>>)[INPUT_HASH]
}

/** Lower case, digits and hyphens, with a random ending. */
function slugOf(title: string): string {
  const words = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 48)
    .replaceAll(/^-+|-+$/g, '')
  return `${words === '' ? 'session' : words}-${randomBytes(4).toString('hex')}`
}

/** A session, and the organization of its project. */
export type SessionWithOrg = SessionRow & {
  readonly orgId: string | null
  /** JSON: how its latest turn failed. */
  readonly endError?: string | null
}

const endError = sql<string | null>`case when ${sessions.endReason} <> 'completed' then
  (select t.error from turns t where t.session_id = ${sessions.id} and t.ended_at is not null order by t.id desc limit 1) end`
const withOrg = { session: sessions, orgId: projects.orgId, endError }

const bySessionId = builtOnce((db) =>
  db
    .select(withOrg)
    .from(sessions)
    .innerJoin(projects, eq(projects.id, sessions.projectId))
    .where(eq(sessions.id, sql.placeholder('id')))
    .prepare('session_by_id'),
)

export function getSession(db: Db, id: string): Promise<SessionWithOrg | undefined> {
  return coded(async () => {
    const [row] = await bySessionId(db).execute({ id })
    return row && { ...row.session, orgId: row.orgId, endError: row.endError }
  })
}

/** Those that there are, in any order. */
export function getSessions(db: Db, ids: readonly string[]): Promise<SessionWithOrg[]> {
  if (ids.length === 0) return Promise.resolve([])
  return coded(async () => {
    const rows = await db
      .select(withOrg)
      .from(sessions)
      .innerJoin(projects, eq(projects.id, sessions.projectId))
      .where(inArray(sessions.id, [...ids]))
    return rows.map(({ session, ...more }) => ({ ...session, ...more }))
  })
}

export interface ListSessions extends PageRequest {
  /** Whose sessions: those of the account, and those of projects of these organizations. */
  readonly accountId: string
  readonly orgIds: readonly string[]
  /** Of a session that asks: itself and those below it, and no other. */
  readonly withinSession?: string | undefined
  readonly projectId?: string | undefined
  readonly status?: SessionStatus | undefined
  readonly parentId?: string | undefined
  readonly archived?: boolean | undefined
  /** A text of the title. */
  readonly q?: string | undefined
  /** Default: `created`. */
  readonly order?: 'created' | 'activity' | undefined
}

/** Sessions, the newest first, or those with the latest activity. */
export function listSessions(db: Db, request: ListSessions): Promise<Page<SessionWithOrg>> {
  const { limit: _limit, cursor: _cursor, ...filters } = request
  const { accountId, orgIds, withinSession, projectId, status, parentId, archived, q } = filters
  return coded(async () => {
    const isByActivity = filters.order === 'activity'
    const columns = isByActivity ? [sessions.lastActivityAt, sessions.id] : [sessions.id]
    const keyset = new Keyset(columns, 'desc', ['sessions', filters])
    const mine = sql`(${sessions.accountId} = ${accountId} or ${projects.orgId} = any(${sql.param([...orgIds])}::text[]))`
    const rows = await db
      .select(withOrg)
      .from(sessions)
      .innerJoin(projects, eq(projects.id, sessions.projectId))
      .where(
        and(
          withinSession === undefined ? mine : below(withinSession),
          projectId === undefined ? undefined : eq(sessions.projectId, projectId),
          status === undefined ? undefined : eq(sessions.status, status),
          parentId === undefined ? undefined : eq(sessions.parentId, parentId),
          q === undefined ? undefined : hasText(sessions.title, q),
          archived === true || status === 'archived'
            ? undefined
            : sql`${sessions.status} <> 'archived'`,
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    const items = rows.map(({ session, ...more }) => ({ ...session, ...more }))
    return keyset.page(items, request, ({ id, lastActivityAt }) =>
      isByActivity ? [lastActivityAt, id] : [id],
    )
  })
}

function below(sessionId: string): SQL {
  return sql`${sessions.id} in (
    with recursive tree as (
      select id, 0 as level from sessions where id = ${sessionId}
      union all
      select s.id, t.level + 1 from tree t join sessions s on s.parent_id = t.id where t.level < 64)
    select id from tree)`
}

/** True when `ancestorId` is the session itself or a session above it. */
export function isSessionAbove(db: Db, ancestorId: string, sessionId: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db.execute(sql`
      with recursive chain as (
        select id, parent_id, 0 as level from sessions where id = ${sessionId}
        union all
        select s.id, s.parent_id, c.level + 1 from chain c join sessions s on s.id = c.parent_id where c.level < 64)
      select 1 from chain where id = ${ancestorId} limit 1`)
    return rows.length > 0
  })
}

/** Locks a session until the transaction ends; undefined when there is none. */
export function lockSession(tx: Db, id: string): Promise<SessionRow | undefined> {
  return coded(async () => {
    const [row] = await tx.select().from(sessions).where(eq(sessions.id, id)).for('no key update')
    return row
  })
}

/** Columns that are changed outside of turns. */
export type SessionChange = Partial<
  Pick<SessionRow, 'grantId' | 'stopReason' | 'status' | 'waitingOn' | 'wakeAt' | 'title'>
>

/** Writes columns of a session that the transaction has locked. */
export function changeSession(tx: Db, id: string, change: SessionChange): Promise<SessionRow> {
  return coded(async () => {
    const [row] = await tx
      .update(sessions)
      .set({ ...change, ...(change.status !== undefined && { stateSince: sql`now()` }) })
      .where(eq(sessions.id, id))
      .returning()
    return must(row)
  })
}

/** Ends a locked session permanently; messages that wait are refused. Throws CONFLICT while a turn runs or waits. */
export async function archiveSession(tx: Db, session: SessionRow): Promise<void> {
  if (session.turnId !== null)
    throw new CodedError('CONFLICT', 'A turn of the session runs; stop it first.', {
      details: { turnId: session.turnId },
    })
  const refused = await coded(() =>
    tx
      .update(messages)
      .set({ delivery: 'refused', refusal: 'archived' })
      .where(and(eq(messages.sessionId, session.id), eq(messages.delivery, 'accepted')))
      .returning({ id: messages.id }),
  )
  await appendSessionEvents(
    tx,
    session.id,
    refused.map(({ id }) => ({
      type: 'message.refused',
      data: { messageId: id, reason: 'archived' },
    })),
  )
  await endMapping(tx, session.id, 'aborted', { reason: 'archived' })
  await fireWaits(tx, 'child', [session.id])
  await coded(() =>
    tx
      .update(sessions)
      .set({
        status: 'archived',
        waitingOn: null,
        wakeAt: null,
        // It may be claimed, without a turn yet.
        workerInstanceId: null,
        leaseUntil: null,
        archivedAt: sql`coalesce(${sessions.archivedAt}, now())`,
        stateSince: sql`now()`,
      })
      .where(eq(sessions.id, session.id)),
  )
}

/** Deletes an archived session with all that belongs to it. Throws CONFLICT for another one, and while a session below it is not archived. */
export function deleteSession(tx: Db, session: SessionRow): Promise<void> {
  return coded(async () => {
    if (session.status !== 'archived')
      throw new CodedError('CONFLICT', 'Only an archived session is deleted; archive it first.')
    const live = await tx.$count(
      sessions,
      sql`${sessions.parentId} = ${session.id} and ${sessions.status} <> 'archived'`,
    )
    if (live > 0)
      throw new CodedError('CONFLICT', 'Sessions below it are not archived.', { details: { live } })
    await tx.delete(sessions).where(eq(sessions.id, session.id))
  })
}

/** Asks for the end of the turn of a locked session; its holder, or the next one, does it. */
export function requestTurnAbort(tx: Db, id: string, reason: string): Promise<void> {
  return coded(async () => {
    await tx.execute(sql`
      update sessions set abort_requested_at = coalesce(abort_requested_at, now()), abort_reason = coalesce(abort_reason, ${reason}),
        wake_seq = wake_seq + 1, wake_at = case when status = 'running' then wake_at else now() end, updated_at = now()
      where id = ${id} and turn_id is not null`)
  })
}
