import type { CallTiming } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { ReceiptWait } from './abort-receipt.ts'
import { callRecord } from './call-record.ts'
import type { CallRecordParts, Ending } from './call-record.ts'
import type { CallRecords } from './call-records.ts'
import type { Consumer } from './consumer.ts'

const NO_TIME: CallTiming = { routeMs: 0, queueMs: 0, executeMs: 0, totalMs: 0 }

export interface EndedCall extends CallRecordParts {
  readonly consumer: Consumer
  /** The attempt that was aborted by this end. */
  readonly aborted?: { readonly attempt: number; readonly receiptWait: ReceiptWait } | undefined
  /** The record is to be written before the caller gets the answer. */
  readonly recordFirst: boolean
}

/** Delivers the end of a call to its caller and writes its record, in the order that the operation asks for. */
export function finishCall(call: EndedCall, records: CallRecords): void {
  const { aborted } = call
  const record = callRecord(call)
  if (aborted !== undefined) {
    // The caller gets its end now; the record waits for the receipt of the abort.
    deliver(call, call.ending)
    records.writeWithReceipt(record, aborted.attempt, aborted.receiptWait)
  } else if (call.recordFirst) {
    records.write(record).then(
      () => deliver(call, call.ending),
      (error: unknown) => deliver(call, notRecorded(error)),
    )
  } else {
    deliver(call, call.ending)
    records.write(record).catch(() => undefined)
  }
}

function deliver(
  { consumer, header, attempts, items = 0 }: EndedCall,
  { error, output, timing = NO_TIME }: Ending,
): void {
  if (error !== undefined) consumer.fail(error)
  else if (output === undefined) consumer.complete(items)
  else consumer.respond({ callId: header.callId, envelope: output, attempts, timing })
}

/** The ending of a call whose record had to be written first and could not be written. */
function notRecorded(error: unknown): Ending {
  return {
    error: new CallError(
      'UNAVAILABLE',
      'The call has ended, but could not be recorded.',
      { outcome: 'unknown' },
      { cause: error },
    ),
  }
}
