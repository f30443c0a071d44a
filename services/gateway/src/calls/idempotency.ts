import { withDeclaredStatus } from '@alkdev/bus'
import type { BusCallOptions, CallResult, CallTiming } from '@alkdev/bus'
import { SECRET_OUTPUT } from '@alkdev/contracts'
import { sha256Hex } from '@alkdev/crypto'
import { errorTable, isErrorCode } from '@alkdev/errors'
import type { WireError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { OperationSpec, ResponseEnvelope } from '@alkdev/operations'
import { canonicalJson, sleep } from '@alkdev/std'
import {
  claimIdempotencyKey,
  findIdempotencyKey,
  releaseIdempotencyKey,
  settleIdempotencyKey,
} from '@alkdev/storage'
import type { IdempotencyClaim, IdempotencyRecord } from '@alkdev/storage'
import type { GatewayContext } from '../context.ts'

/** A call's answer; without a timing when it is that of an earlier call with the same key. */
export interface CallAnswer {
  readonly envelope: ResponseEnvelope
  readonly timing?: CallTiming
}

export interface IdempotentCall {
  readonly operationId: string
  readonly spec: OperationSpec | undefined
  readonly input: unknown
  readonly options: BusCallOptions & { readonly callId: string }
}

type Store = Pick<GatewayContext, 'db' | 'logger'>

/** How long a key stands for its call. */
const KEPT_MS = 24 * 3600 * 1000

/** Milliseconds between two looks at a call that another request waits for. */
const POLL_MS = 100
const POLL_CAP_MS = 1000
const DEFAULT_WAIT_MS = 30_000
/** After this nobody can be working on a call any more: the longest call, and some for its process to write the end. */
const LOST_AFTER_MS = 615_000

/** How a failed call is kept: not at all when nothing ran. */
function endOf(error: CallError): 'released' | 'failed' | 'unknown' {
  if (!isErrorCode(error.code)) return 'failed'
  const { ran } = errorTable[error.code]
  if (ran === 'no') return 'released'
  return ran === 'yes' ? 'failed' : 'unknown'
}

function notKept(callId: string): WireError {
  const message = 'The first call with this key has ended, but its answer could not be kept.'
  return { code: 'CONFLICT', message, details: { callId } }
}

/** Runs the call that owns the key, and keeps its end under it. A failure to keep it is logged: the call has ended all the same. */
async function runOwned(
  { db, logger }: Store,
  rowId: string,
  run: () => Promise<CallResult>,
): Promise<CallResult> {
  const keep = async (work: Promise<boolean>): Promise<void> => {
    await work.catch((error: unknown) =>
      logger.warn({ err: error }, 'the end of a keyed call was not kept'),
    )
  }
  try {
    const result = await run()
    await keep(
      settleIdempotencyKey(db, rowId, { status: 'completed', envelope: result.envelope })
        // Not everything that JSON can hold Postgres can keep.
        .catch(() =>
          settleIdempotencyKey(db, rowId, { status: 'unknown', error: notKept(result.callId) }),
        ),
    )
    return result
  } catch (thrown) {
    const error = CallError.from(thrown)
    const status = endOf(error)
    if (status === 'released') await keep(releaseIdempotencyKey(db, rowId))
    else await keep(settleIdempotencyKey(db, rowId, { status, error: error.toWire() }))
    throw thrown
  }
}

/** The end of the first call, given again. */
function replay(record: IdempotencyRecord, spec: OperationSpec | undefined): CallAnswer {
  if (record.envelope !== null) return { envelope: record.envelope }
  const {
    code = 'PROVIDER_LOST',
    message = 'The first call was lost.',
    details,
  } = record.error ?? {}
  throw withDeclaredStatus(new CallError(code, message, details), spec)
}

function lostError(callId: string): CallError {
  return new CallError(
    'PROVIDER_LOST',
    'The first call with this key was lost; whether it ran is not known.',
    { outcome: 'unknown', callId },
  )
}

/** Waits for the first call's end. Undefined when the key is free again, because nothing ran. */
async function awaitFirst(
  { db }: Store,
  claim: IdempotencyClaim,
  { spec, options }: IdempotentCall,
): Promise<CallAnswer | undefined> {
  const until = performance.now() + (options.timeoutMs ?? DEFAULT_WAIT_MS)
  for (let pauseMs = POLL_MS; ; pauseMs = Math.min(pauseMs * 1.5, POLL_CAP_MS)) {
    const record = await findIdempotencyKey(db, claim)
    if (record === undefined) return undefined
    if (record.inputHash !== claim.inputHash) {
      throw new CallError('CONFLICT', 'The idempotency-key was used with another input.', {
        callId: record.callId,
      })
    }
    if (record.status !== 'pending') return replay(record, spec)
    if (record.ageMs > LOST_AFTER_MS) {
      const error = lostError(record.callId)
      await settleIdempotencyKey(db, record.id, { status: 'unknown', error: error.toWire() })
      throw error
    }
    if (performance.now() + pauseMs > until) {
      throw new CallError('TIMEOUT', 'The first call with this key still runs.', {
        callId: record.callId,
      })
    }
    await sleep(pauseMs, options.signal)
  }
}

/**
 * Runs a call once per account, operation and key, for 24 hours. Without a key it just runs. With one, the key is written
 * before anything is dispatched; who comes with the same key and input waits for the first call's end or gets it again, unless
 * that call is proven not to have run. Throws CONFLICT for the same key with another input, and what the call failed with.
 */
export async function runIdempotent(
  context: Store,
  call: IdempotentCall,
  run: () => Promise<CallResult>,
): Promise<CallAnswer> {
  const { operationId, spec, input, options } = call
  const { idempotencyKey: key, callId, principal } = options
  if (key === undefined) return run()
  if (spec?._meta?.[SECRET_OUTPUT] === true) {
    throw new CallError(
      'VALIDATION_ERROR',
      `${operationId} answers with a secret that is shown once: call it without an idempotency-key.`,
    )
  }
  const inputHash = sha256Hex(canonicalJson(input))
  const claim: IdempotencyClaim = {
    accountId: principal.id,
    operationName: operationId,
    key,
    inputHash,
    callId,
    keptMs: KEPT_MS,
  }
  for (;;) {
    const rowId = await claimIdempotencyKey(context.db, claim)
    if (rowId !== undefined) return runOwned(context, rowId, run)
    const answer = await awaitFirst(context, claim, call)
    if (answer !== undefined) return answer
  }
}
