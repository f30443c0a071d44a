import { CallError } from '@alkdev/operations'
import type { ResponseEnvelope } from '@alkdev/operations'
import type { CallTiming } from '../types.ts'
import type { PendingCallInit } from './pending-call.ts'

const NO_TIME: CallTiming = { routeMs: 0, queueMs: 0, executeMs: 0, totalMs: 0 }

/** How a call ends: with an error, an output, or (streams) neither. */
export interface Ending {
  readonly error?: CallError
  readonly output?: ResponseEnvelope
  readonly timing?: CallTiming
}

/** Tells the consumer. The envelope gets the hub's id of the call. */
export function deliver(
  { consumer, callId }: PendingCallInit,
  { error, output, timing = NO_TIME }: Ending,
  attempts: number,
  items: number,
): void {
  if (error !== undefined) consumer.fail(error)
  else if (output === undefined) consumer.complete(items)
  else {
    const envelope = { ...output, meta: { ...output.meta, callId } } as ResponseEnvelope
    consumer.respond({ callId, envelope, attempts, timing })
  }
}

/** The ending of a call whose row had to be written first and could not be. */
export function notRecorded(error: unknown): Ending {
  return {
    error: new CallError('UNAVAILABLE', 'The call ran, but could not be recorded.', undefined, {
      cause: error,
    }),
  }
}
