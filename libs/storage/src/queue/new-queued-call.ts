import type { RetryClass } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { ReplayRights } from '../calls/idempotency-keys.ts'
import type { ResourceGrants } from '../schema/common.ts'

/** Milliseconds for which an idempotency key stands for a queued call after its end. */
const KEY_KEPT_MS = 24 * 3600 * 1000

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
  /** The webhook to which its end is reported. */
  readonly webhookId?: string | undefined
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
  /** Organizations that the calls may use at most, when a spoke queues on behalf of the account. Absent: those of the account. */
  readonly withinOrgs?: readonly string[]
  /** When the rights end although the key does not, in milliseconds since the epoch. Absent: with the key. */
  readonly rightsEndAtMs?: number
}

/** A call with the data that its row needs. */
export interface CallOfAccount {
  readonly accountId: string
  readonly call: NewQueuedCall
}

/** What an idempotency key stands for: one call of an account and an operation. */
export const scopeOf = ({ operationName, idempotencyKey = '' }: NewQueuedCall): string =>
  `${operationName} ${idempotencyKey}`

/** The order in which keys are claimed: the same for all transactions, so that two of them do not wait for each other. */
export const byScope = (a: CallOfAccount, b: CallOfAccount): number =>
  orderOf(a) < orderOf(b) ? -1 : 1

const orderOf = ({ accountId, call }: CallOfAccount): string => `${accountId} ${scopeOf(call)}`

/**
 * The calls as rows `a` in their order (`nth`, from 0): one parameter however many they are. `group_nth` is what `groupOf` gives. A key is
 * kept until the call can no longer run; that is shortened when the call ends.
 */
export function callRows(
  calls: readonly CallOfAccount[],
  groupOf: (at: number) => number = () => 0,
): SQL {
  const rows = calls.map(({ accountId, call }, nth) => ({
    nth,
    group_nth: groupOf(nth),
    id: call.id,
    account_id: accountId,
    operation_name: call.operationName,
    input: call.input,
    retry: call.retry,
    key: call.idempotencyKey,
    provider_key: call.idempotencyKey ?? call.providerKey,
    parent_request_id: call.parentRequestId,
    webhook_id: call.webhookId,
    max_attempts: call.maxAttempts,
    backoff_ms: call.backoffMs,
    timeout_ms: call.timeoutMs,
    delay_ms: call.delayMs,
    not_before: call.notBefore?.toISOString(),
    expires_after_ms: call.expiresAfterMs,
    priority: call.priority,
    depth: call.depth,
    traceparent: call.traceparent,
    metadata: { ...call.metadata },
    ...(call.idempotencyKey !== undefined && {
      key_id: uuidv7(),
      input_hash: must(call.inputHash),
      key_metadata: { queued: true, ...(call.rights !== undefined && { rights: call.rights }) },
      key_kept_ms: call.expiresAfterMs + call.timeoutMs + KEY_KEPT_MS,
    }),
  }))
  return sql`(
    select r.*, greatest(now() + r.delay_ms * interval '1 millisecond', r.not_before) as due_at
    from json_to_recordset(${JSON.stringify(rows)}::json) as r(
      nth integer, group_nth integer, id text, account_id text, operation_name text, input text, retry retry_class, key text, provider_key text,
      parent_request_id text, webhook_id text, max_attempts integer, backoff_ms integer, timeout_ms integer, delay_ms double precision,
      not_before timestamptz, expires_after_ms double precision, priority integer, depth integer, traceparent text, metadata jsonb,
      key_id text, input_hash text, key_metadata jsonb, key_kept_ms double precision)) a`
}

/** Inserts the idempotency keys of rows of `callRows` and gives their call ids: of keys that are new, and of those whose time is over. `from` has the rows as `a`. */
export function insertKeys(from: SQL): SQL {
  return sql`
    insert into idempotency_keys as k (id, account_id, operation_name, key, input_hash, call_id, metadata, expires_at)
    select a.key_id, a.account_id, a.operation_name, a.key, a.input_hash, a.id, a.key_metadata, a.due_at + a.key_kept_ms * interval '1 millisecond'
    from ${from} where a.key is not null order by a.nth
    on conflict (account_id, operation_name, key) do update set
      id = excluded.id, metadata = excluded.metadata, input_hash = excluded.input_hash, call_id = excluded.call_id, status = 'pending',
      envelope = null, error = null, created_at = now(), updated_at = now(), expires_at = excluded.expires_at
    where k.expires_at <= now()
    returning k.call_id`
}

/** Inserts rows of `callRows` and gives the ids of those that did not exist. `from` has the rows as `a`, and `grantId` gives the grant of a row. */
export function insertCalls(from: SQL, grantId: SQL): SQL {
  return sql`
    insert into queued_calls (id, operation_name, input, account_id, grant_id, retry, idempotency_key, parent_request_id, webhook_id,
      max_attempts, backoff_ms, timeout_ms, not_before, expires_at, priority, depth, traceparent, metadata)
    select a.id, a.operation_name, a.input, a.account_id, ${grantId}, a.retry, a.provider_key, a.parent_request_id, a.webhook_id,
      a.max_attempts, a.backoff_ms, a.timeout_ms, a.due_at, a.due_at + a.expires_after_ms * interval '1 millisecond', a.priority, a.depth,
      a.traceparent, a.metadata
    from ${from}
    on conflict (id) do nothing
    returning id`
}
