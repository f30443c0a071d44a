import type { ResponseEnvelope } from '@alkdev/operations'
import type { AbortReceipt, FrameError } from '../wire/frames.ts'

/** Where what becomes of an attempt goes: to the caller's instance as frames, or straight to a call of this process. */
export interface Outlet {
  respond(output: ResponseEnvelope, queueMs: number, executeMs: number): void
  item(seq: number, output: ResponseEnvelope): void
  complete(count: number): void
  fail(error: FrameError): void
  refuse(error: FrameError): void
  lost(reason: string): void
  receipt(receipt: AbortReceipt): void
}
