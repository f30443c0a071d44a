import { CodedError } from '@alkdev/errors'
import { sharedNow } from '@alkdev/std'
import { and, eq, gte, lt, lte, ne, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { callLog } from '../schema/call-log/call-log.ts'
import type { CallStatus } from '../schema/call-log/families.ts'
import { organizationMembers } from '../schema/identity/organization-members.ts'
import { DAY_MS } from './call-days.ts'
import { isUuid, lowestIdOf } from './call-ids.ts'
import { summaryColumns } from './stored-call.ts'
import type { CallSummary } from './stored-call.ts'

/** The default time window, in milliseconds, of a list whose filters have no index. */
const WINDOW_MS = DAY_MS

/** Longer than any call; the database refuses much larger numbers. */
const MAX_DURATION_MS = 1e15

/** Whose calls; without a member those of all accounts. */
export interface WhoseCalls {
  /** Calls of any of these accounts. */
  readonly accountIds?: readonly string[]
  /** Calls of the current members of this organization. */
  readonly memberOf?: string
}

export interface ListCalls extends WhoseCalls, PageRequest {
  /** Only these calls: ids that are not UUIDs match nothing. */
  readonly callIds?: readonly string[]
  /** The name that the caller used. */
  readonly operationName?: string
  readonly status?: CallStatus
  /** The code of a call that did not complete. */
  readonly code?: string
  readonly sessionId?: string
  readonly spokeId?: string
  readonly parentId?: string
  /** The first characters of the call id, hyphens included. */
  readonly idPrefix?: string
  readonly idempotencyKey?: string
  /** Not the calls of this key. */
  readonly exceptKeyId?: string
  readonly minDurationMs?: number
  readonly maxDurationMs?: number
  /**
   * Dispatched at or after this instant. Default: 24 hours before `until` when status, duration, idempotency key or a key to leave out is given, else no
   * limit.
   */
  readonly since?: Date
  /** Dispatched before this instant. Default now. */
  readonly until?: Date
}

/**
 * Calls that have ended, newest dispatch first, without their payloads. Account, operation, code, session, spoke, parent and id prefix are
 * looked up by an index; status, duration, idempotency key and the key that is left out filter the calls of the time window. Throws VALIDATION_ERROR for an invalid
 * id prefix.
 */
export function listCalls(db: Db, request: ListCalls = {}): Promise<Page<CallSummary>> {
  return coded(async () => {
    const { limit: _limit, cursor: _cursor, ...filters } = request
    const keyset = new Keyset([callLog.id], 'desc', ['calls', filters])
    const rows = await db
      .select(summaryColumns)
      .from(callLog)
      .where(and(...conditions(request), keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

function conditions(request: ListCalls): (SQL | undefined)[] {
  const { operationName, status, code, idempotencyKey } = request
  const { minDurationMs, maxDurationMs } = request
  return [
    accountCondition(callLog.accountId, request),
    request.callIds &&
      sql`${callLog.id} = any(${sql.param(request.callIds.filter((id) => isUuid(id)))}::uuid[])`,
    operationName === undefined ? undefined : eq(callLog.operationName, operationName),
    status === undefined ? undefined : eq(callLog.status, status),
    // The index on codes does not contain completed calls.
    code === undefined
      ? undefined
      : and(eq(callLog.code, code), ne(callLog.status, sql`'completed'`)),
    idOf(callLog.sessionId, request.sessionId),
    idOf(callLog.spokeId, request.spokeId),
    idOf(callLog.parentId, request.parentId),
    idempotencyKey === undefined ? undefined : eq(callLog.idempotencyKey, idempotencyKey),
    request.exceptKeyId === undefined || !isUuid(request.exceptKeyId)
      ? undefined
      : sql`${callLog.keyId} is distinct from ${request.exceptKeyId}::uuid`,
    minDurationMs === undefined
      ? undefined
      : gte(callLog.totalMs, Math.min(minDurationMs, MAX_DURATION_MS)),
    maxDurationMs === undefined
      ? undefined
      : lte(callLog.totalMs, Math.min(maxDurationMs, MAX_DURATION_MS)),
    ...(request.idPrefix === undefined ? [] : prefixRange(request.idPrefix)),
    ...window(request),
  ]
}

/** An id that is not a UUID matches nothing. */
function idOf(
  column: typeof callLog.sessionId | typeof callLog.spokeId | typeof callLog.parentId,
  id: string | undefined,
): SQL | undefined {
  if (id === undefined) return undefined
  return isUuid(id) ? eq(column, id) : sql`false`
}

/** For `where`: calls of these accounts, by the column that holds the account. Undefined for all accounts. */
export function accountCondition(
  column: AnyPgColumn,
  { accountIds, memberOf }: WhoseCalls,
): SQL | undefined {
  return and(
    accountIds && accountsOf(column, accountIds),
    memberOf === undefined ? undefined : membersOf(column, memberOf),
  )
}

/** Compares one account by equality: only then is the index read in the order of the ids. */
function accountsOf(column: AnyPgColumn, accountIds: readonly string[]): SQL {
  const ids = accountIds.filter((id) => isUuid(id))
  const [only] = ids
  return ids.length === 1 && only !== undefined
    ? eq(column, only)
    : sql`${column} = any(${sql.param(ids)}::uuid[])`
}

/** The members are read once for the query, not compared row by row. */
function membersOf(column: AnyPgColumn, orgId: string): SQL {
  return sql`${column} = any(array(
    select ${organizationMembers.accountId}::uuid from ${organizationMembers}
    where ${organizationMembers.orgId} = ${orgId}))`
}

function window(request: ListCalls): (SQL | undefined)[] {
  const { status, idempotencyKey, exceptKeyId, minDurationMs, maxDurationMs } = request
  const withoutIndex = [status, idempotencyKey, exceptKeyId, minDurationMs, maxDurationMs]
  const end = request.until?.getTime()
  const start =
    request.since?.getTime() ??
    (withoutIndex.some((one) => one !== undefined) ? (end ?? sharedNow()) - WINDOW_MS : undefined)
  return [
    start === undefined ? undefined : gte(callLog.id, lowestIdOf(start)),
    end === undefined ? undefined : lt(callLog.id, lowestIdOf(end)),
  ]
}

const SHAPE = '00000000-0000-0000-0000-000000000000'

function prefixRange(prefix: string): SQL[] {
  const [low, high] = [SHAPE, SHAPE.replaceAll('0', 'f')].map(
    (filler) => prefix + filler.slice(prefix.length),
  )
  if (!isUuid(low) || !isUuid(high)) {
    throw new CodedError('VALIDATION_ERROR', 'idPrefix must be the beginning of a call id.')
  }
  return [gte(callLog.id, low), lte(callLog.id, high)]
}
