import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, eq, sql } from 'drizzle-orm'
import type { IdempotencyRecord } from '../calls/idempotency-keys.ts'
import { findIdempotencyKey } from '../calls/idempotency-keys.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { queuedCalls } from '../schema/calls/queued-calls.ts'
import { ensureGrant } from './ensure-grant.ts'
import { byScope, callRows, insertCalls, insertKeys, scopeOf } from './new-queued-call.ts'
import type { CallOfAccount, NewQueuedCall, QueueingCaller } from './new-queued-call.ts'

/** Claims of a key whose other call ends at the same moment. */
const MAX_CLAIMS = 3

export interface AcceptedCall {
  readonly callId: string
  /** The call of this idempotency key or of this id existed already; nothing was added. */
  readonly known: boolean
}

export interface AcceptOptions {
  /** Does the key stand for a call with the same input? */
  isSameInput(call: NewQueuedCall, record: IdempotencyRecord): boolean
}

/**
 * Writes queued calls and their idempotency keys in one transaction: all of them or none. Gives for each, in the order given, the id of the
 * call that stands for it. Throws CONFLICT when a key or an id stands for another call, and when a key is given twice.
 */
export function acceptQueuedCalls(
  db: Db,
  caller: QueueingCaller,
  calls: readonly NewQueuedCall[],
  options: AcceptOptions,
): Promise<readonly AcceptedCall[]> {
  return inTransaction(db, async (tx) => {
    const grantId = await ensureGrant(tx, caller)
    const stands = await claimKeys(tx, caller.accountId, calls, options)
    const fresh = calls.filter(({ id }) => !stands.has(id))
    if (fresh.length > 0) {
      const inserted = new Set(await insert(tx, caller.accountId, grantId, fresh))
      for (const call of fresh) {
        // oxlint-disable-next-line no-await-in-loop -- an accept that is sent again: one call
        if (!inserted.has(call.id)) await requireSame(tx, caller.accountId, call)
        stands.set(call.id, { callId: call.id, known: !inserted.has(call.id) })
      }
    }
    return calls.map(({ id }) => must(stands.get(id)))
  })
}

/** Takes the keys of the calls that have one. Gives those calls whose key stands for another call. */
async function claimKeys(
  tx: Db,
  accountId: string,
  calls: readonly NewQueuedCall[],
  options: AcceptOptions,
): Promise<Map<string, AcceptedCall>> {
  const stands = new Map<string, AcceptedCall>()
  let open = calls
    .filter(({ idempotencyKey }) => idempotencyKey !== undefined)
    .map((call) => ({ accountId, call }))
    .toSorted(byScope)
  if (new Set(open.map(({ call }) => scopeOf(call))).size < open.length)
    throw new CodedError('CONFLICT', 'Two of the calls have the same idempotency key.')
  for (let claims = 0; open.length > 0; claims++) {
    if (claims === MAX_CLAIMS)
      throw new CodedError('CONFLICT', 'An idempotency key is in use by a call that ends now.')
    // oxlint-disable-next-line no-await-in-loop -- a key may become free between two statements
    const rows = await tx.execute<{ call_id: string }>(insertKeys(callRows(open)))
    const taken = new Set(rows.map((row) => row.call_id))
    const left: CallOfAccount[] = []
    for (const one of open) {
      const { call } = one
      if (taken.has(call.id)) continue
      // oxlint-disable-next-line no-await-in-loop -- of the keys that exist, which are few
      const record = await findIdempotencyKey(tx, {
        accountId,
        operationName: call.operationName,
        key: must(call.idempotencyKey),
      })
      if (record === undefined) left.push(one)
      else if (options.isSameInput(call, record))
        stands.set(call.id, { callId: record.callId, known: true })
      else throw conflict('The idempotency-key was used with another input.', record.callId)
    }
    open = left
  }
  return stands
}

async function insert(
  tx: Db,
  accountId: string,
  grantId: string,
  calls: readonly NewQueuedCall[],
): Promise<string[]> {
  const from = callRows(calls.map((call) => ({ accountId, call })))
  const rows = await tx.execute<{ id: string }>(insertCalls(from, sql`${grantId}::text`))
  return rows.map(({ id }) => id)
}

/** The same call was accepted before: its acceptance was sent again. Throws CONFLICT when it is another one. */
async function requireSame(tx: Db, accountId: string, call: NewQueuedCall): Promise<void> {
  const [row] = await tx
    .select({ id: queuedCalls.id })
    .from(queuedCalls)
    .where(
      and(
        eq(queuedCalls.id, call.id),
        eq(queuedCalls.accountId, accountId),
        eq(queuedCalls.operationName, call.operationName),
        eq(queuedCalls.input, call.input),
      ),
    )
  if (row === undefined) throw conflict('This call id stands for another call.', call.id)
}

const conflict = (message: string, callId: string): CodedError =>
  new CodedError('CONFLICT', message, { details: { callId } })
