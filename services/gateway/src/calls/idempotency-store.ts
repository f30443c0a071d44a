import { storageError } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import type { ResponseEnvelope } from '@alkdev/operations'
import type { WireError } from '@alkdev/errors'
import { uuidv7 } from '@alkdev/std'

/** What a key stands for. */
export interface IdempotencyClaim {
  readonly accountId: string
  readonly operationId: string
  readonly key: string
  /** SHA-256 of the canonical JSON of the input. */
  readonly inputHash: string
  readonly callId: string
}

/** The call that a key stands for, as far as it has come. */
export interface IdempotencyRecord {
  readonly id: string
  readonly callId: string
  readonly inputHash: string
  readonly status: 'pending' | 'completed' | 'failed' | 'unknown'
  readonly envelope?: ResponseEnvelope
  readonly error?: WireError
  readonly ageMs: number
}

export type IdempotencyEnd =
  | { readonly status: 'completed'; readonly envelope: ResponseEnvelope }
  | { readonly status: 'failed' | 'unknown'; readonly error: WireError }

const KEPT_HOURS = 24

interface Row {
  readonly id: string
  readonly call_id: string
  readonly input_hash: string
  readonly status: IdempotencyRecord['status']
  readonly envelope: ResponseEnvelope | null
  readonly error: WireError | null
  readonly age_ms: number
}

function parsed<T>(value: T | string | null): T | undefined {
  if (value === null) return undefined
  return typeof value === 'string' ? (JSON.parse(value) as T) : value
}

/** The table `idempotency_keys`. Every method throws a CodedError: UNAVAILABLE when Postgres is away. */
export class IdempotencyStore {
  readonly #sql: Database['sql']

  constructor(sql: Database['sql']) {
    this.#sql = sql
  }

  /** Takes the key for a call: the id of the row, or undefined when another call has it. A key older than a day is free again. */
  async claim(claim: IdempotencyClaim): Promise<string | undefined> {
    const { accountId, operationId, key, inputHash, callId } = claim
    const sql = this.#sql
    const [row] = await this.#run(
      sql<{ id: string }[]>`
        insert into idempotency_keys (id, account_id, operation_name, key, input_hash, call_id, status, expires_at)
        values (${uuidv7()}, ${accountId}, ${operationId}, ${key}, ${inputHash}, ${callId}, 'pending',
          now() + ${KEPT_HOURS} * interval '1 hour')
        on conflict (account_id, operation_name, key) do update
        set id = excluded.id, input_hash = excluded.input_hash, call_id = excluded.call_id, status = 'pending',
          envelope = null, error = null, created_at = now(), updated_at = now(), expires_at = excluded.expires_at
        where idempotency_keys.expires_at <= now()
        returning id`,
    )
    return row?.id
  }

  async find(
    claim: Pick<IdempotencyClaim, 'accountId' | 'operationId' | 'key'>,
  ): Promise<IdempotencyRecord | undefined> {
    const { accountId, operationId, key } = claim
    const sql = this.#sql
    const [row] = await this.#run(
      sql<Row[]>`
        select id, call_id, input_hash, status, envelope, error,
          extract(epoch from now() - created_at)::float8 * 1000 as age_ms
        from idempotency_keys
        where account_id = ${accountId} and operation_name = ${operationId} and key = ${key} and expires_at > now()`,
    )
    if (row === undefined) return undefined
    const envelope = parsed(row.envelope)
    const error = parsed(row.error)
    return {
      id: row.id,
      callId: row.call_id,
      inputHash: row.input_hash,
      status: row.status,
      ageMs: row.age_ms,
      ...(envelope === undefined ? {} : { envelope }),
      ...(error === undefined ? {} : { error }),
    }
  }

  /** Writes how the call ended; does nothing when the row has an end already. */
  async settle(id: string, end: IdempotencyEnd): Promise<void> {
    const sql = this.#sql
    const envelope = end.status === 'completed' ? JSON.stringify(end.envelope) : null
    const error = end.status === 'completed' ? null : JSON.stringify(end.error)
    await this.#run(
      sql`
        update idempotency_keys
        set status = ${end.status}, envelope = ${envelope}::jsonb, error = ${error}::jsonb, updated_at = now()
        where id = ${id} and status = 'pending'`,
    )
  }

  /** Gives the key back: nothing ran. */
  async release(id: string): Promise<void> {
    const sql = this.#sql
    await this.#run(sql`delete from idempotency_keys where id = ${id} and status = 'pending'`)
  }

  async #run<T>(query: PromiseLike<T>): Promise<T> {
    try {
      return await query
    } catch (error) {
      throw storageError(error)
    }
  }
}
