import type { CallResult } from '@alkdev/bus'
import type { WireError } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import { releaseIdempotencyKey, settleIdempotencyKey } from '@alkdev/storage'
import type { Db, IdempotencyEnd, ReplayRights } from '@alkdev/storage'
import type { Logger } from 'pino'

interface OwnedCallContext {
  readonly db: Db
  readonly logger: Logger
}

/** A call that has claimed its idempotency key. */
interface OwnedCall {
  /** The row of the key. */
  readonly rowId: string
  readonly callId: string
  /** The current rights of the caller; undefined when they are not needed. */
  readonly readRights: () => Promise<ReplayRights | undefined>
}

/**
 * Runs the call that owns the key and stores its end, with the rights that the caller has then: a call may remove rights from its own
 * caller (who leaves an organization), and its repetition still gets an answer. Releases the key when the call is proven not to have run.
 * A failure to store the end is only logged, because the call has ended. Throws what the call failed with.
 */
export async function runOwned(
  { db, logger }: OwnedCallContext,
  { rowId, callId, readRights }: OwnedCall,
  run: () => Promise<CallResult>,
): Promise<CallResult> {
  const keep = async (work: Promise<boolean>): Promise<void> => {
    await work.catch((error: unknown) =>
      logger.warn({ err: error }, 'the end of a keyed call was not kept'),
    )
  }
  // Not every JSON text can be stored. A repetition must not get another answer than the first call, so it gets CONFLICT.
  const settle = async (end: IdempotencyEnd): Promise<boolean> => {
    const rights = await readRights()
    return settleIdempotencyKey(db, rowId, end, rights).catch(() =>
      settleIdempotencyKey(db, rowId, { status: 'unknown', error: notKept(callId) }, rights),
    )
  }
  try {
    const result = await run()
    await keep(settle({ status: 'completed', envelope: result.envelope }))
    return result
  } catch (thrown) {
    const error = CallError.from(thrown)
    const status = endOf(error)
    if (status === 'released') await keep(releaseIdempotencyKey(db, rowId))
    else await keep(settle({ status, error: error.toWire() }))
    throw thrown
  }
}

/** How a failed call is stored; released when nothing ran. */
function endOf(error: CallError): 'released' | 'failed' | 'unknown' {
  if (error.ran === 'no') return 'released'
  return error.ran === 'yes' ? 'failed' : 'unknown'
}

function notKept(callId: string): WireError {
  const message = 'The first call with this key has ended, but its answer could not be kept.'
  return { code: 'CONFLICT', message, details: { callId } }
}
