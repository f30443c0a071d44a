import type { AbortReceipt } from '@alkdev/contracts'
import type { ResponseEnvelope } from '@alkdev/operations'
import type { FrameError } from '../wire/frames.ts'

/** Receives the results of an attempt: sends them to the caller's instance as frames, or is the pending call of this process itself. */
export interface ResponseSink {
  respond(output: ResponseEnvelope, queueMs: number, executeMs: number): void
  item(seq: number, output: ResponseEnvelope): void
  complete(count: number): void
  fail(error: FrameError): void
  refuse(error: FrameError): void
  lost(reason: string): void
  receipt(receipt: AbortReceipt): void
}
