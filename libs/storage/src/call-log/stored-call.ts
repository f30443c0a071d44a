import type { Actor, CallFailure } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import { getTableColumns, sql } from 'drizzle-orm'
import type { Metadata } from '../schema/common.ts'
import { callLog } from '../schema/call-log/call-log.ts'
import { REMOVED_OPERATION_ID } from '../schema/spokes/operations.ts'

type Row = typeof callLog.$inferSelect
type TextMember = 'input' | 'output' | 'error' | 'metadata'

/** A call of the call log as lists show it: without input, output, error and the rights of its caller. */
export type CallSummary = Omit<Row, TextMember | 'callerId' | 'late'>

/** A call of the call log. */
export interface StoredCall extends CallSummary {
  /** Redacted, and truncated above 10 KiB, like `output` and `error`. Null when there was none. */
  readonly input: unknown
  readonly output: unknown
  readonly error: CallFailure | null
  /** The principal of the call, redacted; null when it is no longer stored. */
  readonly identity: Identity | null
  readonly actor: Actor | null
  readonly metadata: Metadata
}

const {
  input,
  output,
  error,
  metadata,
  callerId: _callerId,
  late: _late,
  ...columns
} = getTableColumns(callLog)

/** For `select`: the columns of a summary. A definition that has been deleted is shown as `__removed__`. */
export const summaryColumns = {
  ...columns,
  operationId: sql<string>`coalesce(
    (select o.id from operations o where o.id = call_log.operation_id), ${REMOVED_OPERATION_ID})`,
}

const ofCaller = (column: 'identity' | 'actor') =>
  sql<
    string | null
  >`(select c.${sql.raw(column)} from call_callers c where c.id = call_log.caller_id limit 1)`

/** For `select`: the columns from which `storedCall` builds a call. */
export const callColumns = {
  ...summaryColumns,
  input,
  output,
  error,
  metadata,
  identity: ofCaller('identity'),
  actor: ofCaller('actor'),
}

export type SelectedCall = CallSummary &
  Pick<Row, TextMember> & { readonly identity: string | null; readonly actor: string | null }

/** The call that a row holds. */
export function storedCall(row: SelectedCall): StoredCall {
  return {
    ...row,
    input: parsed(row.input),
    output: parsed(row.output),
    error: parsed(row.error) as CallFailure | null,
    metadata: (parsed(row.metadata) ?? {}) as Metadata,
    identity: parsed(row.identity) as Identity | null,
    actor: parsed(row.actor) as Actor | null,
  }
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json)
}
