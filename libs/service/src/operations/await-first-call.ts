import { withDeclaredStatus } from '@alkdev/bus'
import type { BusCallOptions } from '@alkdev/bus'
import type { KeyedHash } from '@alkdev/crypto'
import { CallError } from '@alkdev/operations'
import type { OperationSpec, ResponseEnvelope } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import { findIdempotencyKey, settleIdempotencyKey } from '@alkdev/storage'
import type { Db, IdempotencyClaim, IdempotencyRecord } from '@alkdev/storage'
import { isInputHash } from './input-hash.ts'
import { enforceReplay } from './replay-rights.ts'

/** Milliseconds between two checks of a call that another request waits for. */
const POLL_MS = 100
const POLL_CAP_MS = 1000
/** Milliseconds after which no process executes a call any more: the longest call, plus time to write its end. */
const LOST_AFTER_MS = 615_000

interface AwaitContext {
  readonly db: Db
  readonly inputHash: KeyedHash
}

/** A call whose key another call has claimed. */
interface RepeatedCall {
  readonly input: unknown
  readonly spec: OperationSpec
  /** An operation of a service, which checks rights itself. */
  readonly isService: boolean
  /** The end of the wait, in milliseconds of the monotonic clock. */
  readonly until: number
  readonly options: BusCallOptions
}

/**
 * Waits for the end of the first call and returns its result. Undefined when the key is free again, because nothing ran.
 *
 * Throws what the first call failed with; CONFLICT for another input; ACCESS_DENIED when the caller lacks a right of the first caller;
 * PROVIDER_LOST when no process executes the first call any more; TIMEOUT when it still runs at the end of the wait.
 */
export async function awaitFirstCall(
  { db, inputHash }: AwaitContext,
  claim: IdempotencyClaim,
  { input, spec, isService, until, options }: RepeatedCall,
): Promise<ResponseEnvelope | undefined> {
  for (let pauseMs = POLL_MS; ; pauseMs = Math.min(pauseMs * 1.5, POLL_CAP_MS)) {
    const record = await findIdempotencyKey(db, claim)
    if (record === undefined) return undefined
    if (!isInputHash(inputHash, { ...claim, input }, record.inputHash)) {
      throw new CallError('CONFLICT', 'The idempotency-key was used with another input.', {
        callId: record.callId,
      })
    }
    if (record.status !== 'pending') {
      if (isService) await enforceReplay(db, options, record.rights)
      return replay(record, spec)
    }
    if (!record.queued && record.ageMs > LOST_AFTER_MS) {
      const error = lostError(record.callId)
      await settleIdempotencyKey(db, record.id, { status: 'unknown', error: error.toWire() })
      throw error
    }
    if (performance.now() + pauseMs > until) {
      throw new CallError('TIMEOUT', 'The first call with this key is still running.', {
        callId: record.callId,
      })
    }
    await sleep(pauseMs, options.signal)
  }
}

/** Repeats the end of the first call. */
function replay(record: IdempotencyRecord, spec: OperationSpec): ResponseEnvelope {
  if (record.envelope !== null) return record.envelope
  const {
    code = 'PROVIDER_LOST',
    message = 'The first call was lost.',
    details,
  } = record.error ?? {}
  throw withDeclaredStatus(new CallError(code, message, details, { callId: record.callId }), spec)
}

function lostError(callId: string): CallError {
  return new CallError(
    'PROVIDER_LOST',
    'The first call with this key was lost; whether it ran is not known.',
    { outcome: 'unknown', callId },
    { callId },
  )
}
