import { must } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import { interval } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import type { SessionRow } from '../schema/sessions/sessions.ts'
import type { SessionClaim } from './claim-sessions.ts'
import { appendSessionEvents } from './session-events.ts'

/** A live session that would work in the files, or from the conversation, of another one. */
interface BesideSession {
  readonly id: string
  /** It is below the other one; else it works in the same workspace. */
  readonly isChild: boolean
}

/** A live session below this one or in its workspace; undefined when there is none. */
export function findBeside(
  tx: Db,
  { id, workspaceId }: Pick<SessionRow, 'id' | 'workspaceId'>,
): Promise<BesideSession | undefined> {
  return coded(async () => {
    const [row] = (await tx.execute(sql`
      select s.id, s.parent_id is not distinct from ${id}::text as "isChild" from sessions s
      where s.id <> ${id} and (s.parent_id = ${id} or s.workspace_id = ${workspaceId}::text)
        and s.status not in ('done', 'failed', 'aborted', 'archived')
      order by s.id limit 1`)) as unknown as BesideSession[]
    return row
  })
}

/**
 * Claims a locked session without a turn, for work on its files: as long as the lease is renewed (`renewSessions`), no turn of it begins and no other session
 * gets its workspace. When the lease ends, the session is taken over as one whose process is gone. Throws CONFLICT when its workspace has another live session.
 */
export function holdSession(
  tx: Db,
  { id }: Pick<SessionRow, 'id'>,
  { workerInstanceId, leaseMs }: { readonly workerInstanceId: string; readonly leaseMs: number },
): Promise<SessionClaim> {
  return coded(async () => {
    const [row] = (await tx.execute(sql`
      update sessions set status = 'running', waiting_on = null, state_since = now(), turn_token = turn_token + 1,
        worker_instance_id = ${workerInstanceId}, lease_until = now() + ${interval(leaseMs)}, wake_at = null, updated_at = now()
      where id = ${id} returning turn_token as token`)) as unknown as { token: unknown }[]
    return { id, token: Number(must(row).token), workerInstanceId }
  })
}

/**
 * Gives a held session back as it was `before`, or due when a message waits now. Nothing happens when the claim is not held any more. In a
 * transaction.
 */
export async function releaseHeld(
  tx: Db,
  { id, token, workerInstanceId }: SessionClaim,
  before: Pick<SessionRow, 'status' | 'waitingOn' | 'stateSince' | 'grantId'>,
): Promise<void> {
  const { status, waitingOn, stateSince, grantId } = before
  // By a statement of its own: the next one sees the messages of the transaction that had the lock before.
  const held = await coded(() =>
    tx.execute(sql`
      select 1 from sessions where id = ${id} and turn_token = ${token}::bigint and worker_instance_id = ${workerInstanceId}
        and status = 'running' for no key update`),
  )
  if (held.length === 0) return
  // One that waits for rights goes on with a message only when it got them meanwhile.
  const mayBegin =
    waitingOn === 'grant' ? sql`s.grant_id is distinct from ${grantId}::text` : sql`true`
  const rows = await coded(() =>
    tx.execute(sql`
      with seen as (
        select s.id, ${mayBegin} and exists (
          select 1 from messages m where m.session_id = s.id and m.delivery = 'accepted') as is_due
        from sessions s where s.id = ${id})
      update sessions s set worker_instance_id = null, lease_until = null, updated_at = now(),
        status = case when seen.is_due then 'queued' else ${status}::session_status end,
        waiting_on = case when seen.is_due then null else ${waitingOn}::wait_kind end,
        state_since = case when seen.is_due then now() else ${stateSince.toISOString()}::timestamptz end,
        wake_at = case when seen.is_due then now() end
      from seen where s.id = seen.id returning s.status`),
  )
  const [row] = rows as unknown as { status: string }[]
  if (row?.status === 'queued')
    await appendSessionEvents(tx, id, [{ type: 'session.changed', data: {} }])
}
