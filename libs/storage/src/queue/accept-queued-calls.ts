import { CodedError } from '@alkdev/errors'
import type { RetryClass } from '@alkdev/operations'
import { must } from '@alkdev/std'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { IdempotencyRecord, ReplayRights } from '../calls/idempotency-keys.ts'
import { findIdempotencyKey } from '../calls/idempotency-keys.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { idempotencyKeys } from '../schema/calls/idempotency-keys.ts'
import { queuedCalls } from '../schema/calls/queued-calls.ts'
import type { ResourceGrants } from '../schema/common.ts'
import { ensureGrant } from './ensure-grant.ts'

/** How long an idempotency key stands for a queued call after its end. */
const KEY_KEPT_MS = 24 * 3600 * 1000
/** Claims of a key whose other call ends at the same moment. */
const MAX_CLAIMS = 3

/** One call to be queued. Times in milliseconds. */
export interface NewQueuedCall {
  readonly id: string
  readonly operationName: string
  /** JSON. */
  readonly input: string
  readonly retry: RetryClass
  readonly idempotencyKey?: string | undefined
  /** The key that the provider gets, of a call without an idempotency key; it stands for nothing in the hub. */
  readonly providerKey?: string | undefined
  /** Keyed hash of the input; with an idempotency key. */
  readonly inputHash?: string | undefined
  /** For the repetition of an interactive call, see `IdempotencyClaim`. */
  readonly rights?: ReplayRights | undefined
  readonly parentRequestId?: string | undefined
  readonly maxAttempts: number
  readonly backoffMs: number
  readonly timeoutMs: number
  /** By the clock of the database. With both, the later instant counts. */
  readonly delayMs: number
  readonly notBefore?: Date | undefined
  /** Counted from the instant at which it is due. */
  readonly expiresAfterMs: number
  readonly priority: number
  readonly depth: number
  readonly traceparent?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** Who queues, and the rights that the calls run with. */
export interface QueueingCaller {
  readonly accountId: string
  readonly keyId: string
  readonly scopes: readonly string[]
  readonly resources: Readonly<ResourceGrants>
}

export interface AcceptedCall {
  readonly callId: string
  /** The call of this idempotency key or of this id existed already; nothing was added. */
  readonly known: boolean
}

export interface AcceptOptions {
  /** Does the key stand for a call with the same input? */
  isSameInput(call: NewQueuedCall, record: IdempotencyRecord): boolean
  /** The queued call that failed and is repeated by the one call given. */
  readonly repeats?: string | undefined
}

/**
 * Writes queued calls and their idempotency keys in one transaction: all of them or none. Gives for each, in the order given, the id of the
 * call that stands for it. Throws CONFLICT when a key or an id stands for another call, when a key is given twice, and when the call to be
 * repeated is no dead letter of the account.
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
    if (options.repeats !== undefined)
      await markRepeated(tx, caller.accountId, options.repeats, must(calls[0]).id)
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
  // One order for all, so that two transactions do not wait for each other.
  let open = calls
    .filter(({ idempotencyKey }) => idempotencyKey !== undefined)
    .toSorted((a, b) => (scopeOf(a) < scopeOf(b) ? -1 : 1))
  if (new Set(open.map(scopeOf)).size < open.length)
    throw new CodedError('CONFLICT', 'Two of the calls have the same idempotency key.')
  for (let claims = 0; open.length > 0; claims++) {
    if (claims === MAX_CLAIMS)
      throw new CodedError('CONFLICT', 'An idempotency key is in use by a call that ends now.')
    // oxlint-disable-next-line no-await-in-loop -- a key may become free between two statements
    const taken = await claim(tx, accountId, open)
    const left: NewQueuedCall[] = []
    for (const call of open) {
      if (taken.has(scopeOf(call))) continue
      // oxlint-disable-next-line no-await-in-loop -- of the keys that exist, which are few
      const record = await findIdempotencyKey(tx, {
        accountId,
        operationName: call.operationName,
        key: must(call.idempotencyKey),
      })
      if (record === undefined) left.push(call)
      else if (options.isSameInput(call, record))
        stands.set(call.id, { callId: record.callId, known: true })
      else throw conflict('The idempotency-key was used with another input.', record.callId)
    }
    open = left
  }
  return stands
}

const scopeOf = ({ operationName, idempotencyKey = '' }: NewQueuedCall): string =>
  `${operationName} ${idempotencyKey}`

async function claim(
  tx: Db,
  accountId: string,
  calls: readonly NewQueuedCall[],
): Promise<ReadonlySet<string>> {
  const rows = await tx
    .insert(idempotencyKeys)
    .values(
      calls.map((call) => ({
        accountId,
        operationName: call.operationName,
        key: must(call.idempotencyKey),
        inputHash: must(call.inputHash),
        callId: call.id,
        metadata: {
          queued: true,
          ...(call.rights !== undefined && { rights: call.rights }),
        },
        // It is shortened when the call ends.
        expiresAt: sql`${dueAt(call)} + ${interval(call.expiresAfterMs + call.timeoutMs + KEY_KEPT_MS)}`,
      })),
    )
    .onConflictDoUpdate({
      target: [idempotencyKeys.accountId, idempotencyKeys.operationName, idempotencyKeys.key],
      set: {
        id: sql`excluded.id`,
        metadata: sql`excluded.metadata`,
        inputHash: sql`excluded.input_hash`,
        callId: sql`excluded.call_id`,
        status: 'pending',
        envelope: null,
        error: null,
        createdAt: sql`now()`,
        expiresAt: sql`excluded.expires_at`,
      },
      setWhere: sql`${idempotencyKeys.expiresAt} <= now()`,
    })
    .returning({ operationName: idempotencyKeys.operationName, key: idempotencyKeys.key })
  return new Set(rows.map(({ operationName, key }) => `${operationName} ${key}`))
}

async function insert(
  tx: Db,
  accountId: string,
  grantId: string,
  calls: readonly NewQueuedCall[],
): Promise<string[]> {
  const rows = await tx
    .insert(queuedCalls)
    .values(
      calls.map((call) => ({
        id: call.id,
        operationName: call.operationName,
        input: call.input,
        accountId,
        grantId,
        retry: call.retry,
        idempotencyKey: call.idempotencyKey ?? call.providerKey ?? null,
        parentRequestId: call.parentRequestId ?? null,
        maxAttempts: call.maxAttempts,
        backoffMs: call.backoffMs,
        timeoutMs: call.timeoutMs,
        notBefore: dueAt(call),
        expiresAt: sql`${dueAt(call)} + ${interval(call.expiresAfterMs)}`,
        priority: call.priority,
        depth: call.depth,
        traceparent: call.traceparent ?? null,
        metadata: { ...call.metadata },
      })),
    )
    .onConflictDoNothing({ target: queuedCalls.id })
    .returning({ id: queuedCalls.id })
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

async function markRepeated(
  tx: Db,
  accountId: string,
  failedId: string,
  callId: string,
): Promise<void> {
  const rows = await tx
    .update(queuedCalls)
    .set({ repeatedAs: callId })
    .where(
      and(
        eq(queuedCalls.id, failedId),
        eq(queuedCalls.accountId, accountId),
        inArray(queuedCalls.status, ['failed']),
        sql`${queuedCalls.repeatedAs} is null`,
      ),
    )
    .returning({ id: queuedCalls.id })
  if (rows.length === 0)
    throw conflict('The call has not failed, or is repeated already.', failedId)
}

function dueAt({ delayMs, notBefore }: NewQueuedCall) {
  const delayed = sql`now() + ${interval(delayMs)}`
  return notBefore === undefined
    ? delayed
    : sql`greatest(${delayed}, ${notBefore.toISOString()}::timestamptz)`
}

const interval = (ms: number) => sql`${ms / 1000}::double precision * interval '1 second'`

const conflict = (message: string, callId: string): CodedError =>
  new CodedError('CONFLICT', message, { details: { callId } })
