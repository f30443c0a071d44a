import type { ResponseEnvelope } from '@alkdev/operations'
import { CallError } from '@alkdev/operations'
import { deferred } from '@alkdev/std'
import type { BusSubscription, CallResult, OpenedCall } from '../call.ts'

/** Receives the results of a call: for a promise, or for the reader of a stream. A call ends with exactly one of respond, complete, fail. */
export interface Consumer {
  /** The kinds of operation that it accepts. */
  readonly takes: 'answer' | 'stream' | 'either'
  /** The kind is known. Called at most once, before anything but `fail`. */
  onKind?(kind: 'answer' | 'stream'): void
  respond(result: CallResult): void
  item(seq: number, envelope: ResponseEnvelope): void
  complete(count: number): void
  fail(error: CallError): void
}

/** The reader's side of a stream: the consumer writes to it and its caller reads from it. */
export type StreamConsumer = BusSubscription & Pick<Consumer, 'item' | 'complete' | 'fail'>

/** The consumer of a call that must have an answer, and its promise. */
export function answerConsumer(): Consumer & { readonly promise: Promise<CallResult> } {
  const { promise, resolve, reject } = deferred<CallResult>()
  return {
    takes: 'answer',
    promise,
    respond: resolve,
    item: () => undefined,
    complete: () => reject(withoutAnswer()),
    fail: reject,
  }
}

/** The consumer of a call of either kind. `openStream` is called when the operation is a subscription. */
export function openConsumer(
  openStream: () => StreamConsumer,
): Consumer & { readonly promise: Promise<OpenedCall> } {
  const { promise, resolve, reject } = deferred<OpenedCall>()
  let stream: StreamConsumer | undefined
  return {
    takes: 'either',
    promise,
    onKind(kind) {
      if (kind === 'answer') return
      stream = openStream()
      resolve({ kind: 'stream', items: stream })
    },
    respond: (result) => resolve({ kind: 'answer', result }),
    item: (seq, envelope) => stream?.item(seq, envelope),
    complete(count) {
      if (stream === undefined) reject(withoutAnswer())
      else stream.complete(count)
    },
    fail(error) {
      if (stream === undefined) reject(error)
      else stream.fail(error)
    },
  }
}

function withoutAnswer(): CallError {
  return new CallError('EXECUTION_ERROR', 'The call ended without an answer.')
}
