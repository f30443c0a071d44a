import type { AbortReceipt, CallRecord } from '@alkdev/contracts'
import type { Counters } from '../counters.ts'
import type { ReceiptWait } from './abort-receipt.ts'

/** How long a record waits for the receipt of an abort. */
const RECEIPT_WAIT_MS = 2500

interface Stopping {
  readonly attempt: number
  readonly receiptWait: ReceiptWait
}

/** Writes the records of calls that have ended; those of aborted calls after their receipt arrived or timed out. */
export class CallRecords {
  readonly #write: (record: CallRecord) => Promise<void>
  readonly #counters: Counters
  /** Calls that have ended here and whose receipt may still arrive. */
  readonly #stopping = new Map<string, Stopping>()
  readonly #writing = new Set<Promise<void>>()

  constructor(write: (record: CallRecord) => Promise<void>, counters: Counters) {
    this.#write = write
    this.#counters = counters
  }

  write(record: CallRecord): Promise<void> {
    if (record.status !== 'completed') this.#counters.callsFailed++
    return this.#write(record)
  }

  /** Waits for the receipt of the attempt that was aborted, at most 2.5 s. */
  writeWithReceipt(record: CallRecord, attempt: number, receiptWait: ReceiptWait): void {
    const { callId } = record.header
    this.#stopping.set(callId, { attempt, receiptWait })
    const writing = receiptWait.within(RECEIPT_WAIT_MS).then((receipt) => {
      this.#stopping.delete(callId)
      this.#count(receipt)
      return this.write(receipt === undefined ? record : { ...record, receipt })
    })
    const done = writing.catch(() => undefined).finally(() => this.#writing.delete(done))
    this.#writing.add(done)
  }

  onReceipt(callId: string, attempt: number, receipt: AbortReceipt): void {
    const stopping = this.#stopping.get(callId)
    if (stopping?.attempt === attempt) stopping.receiptWait.onReceipt(receipt)
  }

  /** Stops waiting for receipts. Resolves when the pending records are written. */
  async stop(): Promise<void> {
    for (const { receiptWait } of this.#stopping.values()) receiptWait.giveUp()
    await Promise.allSettled([...this.#writing])
  }

  #count(receipt: AbortReceipt | undefined): void {
    if (receipt === 'honoured') this.#counters.abortsHonoured++
    else if (receipt === 'ignored') this.#counters.abortsIgnored++
    else if (receipt === 'too-late') this.#counters.abortsTooLate++
  }
}
