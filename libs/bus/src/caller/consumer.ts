import type { ResponseEnvelope } from '@alkdev/operations'
import type { CallError } from '@alkdev/operations'
import type { CallResult } from '../types.ts'

/** Who waits for a call: a promise, or the reader of a stream. Each call ends with exactly one of respond, complete, fail. */
export interface Consumer {
  readonly stream: boolean
  respond(result: CallResult): void
  item(seq: number, envelope: ResponseEnvelope): void
  complete(count: number): void
  fail(error: CallError): void
}
