import type { AbortReceipt } from '@alkdev/contracts'
import type { ResponseEnvelope } from '@alkdev/operations'
import { answerNotWritable, payloadTooLarge, toFrameError } from '../call-errors.ts'
import type { Transport } from '../transport/transport.ts'
import { instanceTopic } from '../transport/transport.ts'
import type { Frame, FrameError } from '../wire/frames.ts'
import { jsonBytes, writeJson } from '../wire/write-json.ts'
import type { AttemptLog, AttemptRecord } from './attempt-log.ts'
import type { ResponseSink } from './response-sink.ts'

export interface RemoteSinkOptions {
  readonly transport: Transport
  readonly log: AttemptLog
  readonly record: AttemptRecord
  /** This instance. */
  instanceId(): string
  /** Calls now running at the same spoke. */
  load(): number | undefined
  readonly maxPayloadBytes: number
}

/** Sends the results of an attempt to the caller's instance, and keeps the last frame. */
export class RemoteSink implements ResponseSink {
  readonly #options: RemoteSinkOptions
  readonly #topic: string

  constructor(options: RemoteSinkOptions) {
    this.#options = options
    this.#topic = instanceTopic(options.record.from)
  }

  respond(output: ResponseEnvelope, queueMs: number, executeMs: number): void {
    const { record } = this.#options
    this.#last(
      {
        type: 'respond',
        callId: record.callId,
        attempt: record.attempt,
        from: this.#options.instanceId(),
        output,
        queueMs,
        executeMs,
        load: this.#options.load(),
      },
      output,
    )
  }

  item(seq: number, output: ResponseEnvelope): void {
    const frame: Frame = { ...this.#head(), type: 'item', seq, output }
    const text = writeJson(frame)
    if (text === undefined) {
      this.#options.record.run?.fail(answerNotWritable('output'))
      return
    }
    const bytes = this.#tooLarge(text, output)
    if (bytes === 0) {
      this.#send(frame, text)
      return
    }
    this.#options.record.run?.fail(payloadTooLarge('output', bytes, this.#options.maxPayloadBytes))
  }

  complete(count: number): void {
    this.#last({ ...this.#head(), type: 'complete', count })
  }

  fail(error: FrameError): void {
    this.#last({ ...this.#head(), type: 'error', error }, error.details)
  }

  refuse(error: FrameError): void {
    this.#last({ ...this.#head(), type: 'refuse', error })
  }

  lost(reason: string): void {
    this.#last({ ...this.#head(), type: 'lost', reason })
  }

  receipt(receipt: AbortReceipt): void {
    const frame: Frame = { ...this.#head(), type: 'receipt', receipt }
    this.#send(frame, JSON.stringify(frame))
  }

  #head(): { readonly callId: string; readonly attempt: number; readonly from: string } {
    const { callId, attempt } = this.#options.record
    return { callId, attempt, from: this.#options.instanceId() }
  }

  #last(frame: Frame, payload?: unknown): void {
    const text = writeJson(frame)
    const bytes = text === undefined ? 0 : this.#tooLarge(text, payload)
    if (text !== undefined && bytes === 0) {
      this.#end(frame, text)
      return
    }
    const error = toFrameError(
      text === undefined
        ? answerNotWritable(frame.type === 'respond' ? 'output' : 'error')
        : payloadTooLarge('output', bytes, this.#options.maxPayloadBytes),
    )
    const failure: Frame = { ...this.#head(), type: 'error', error }
    this.#end(failure, JSON.stringify(failure))
  }

  #end(frame: Frame, text: string): void {
    const { log, record } = this.#options
    log.end(record, frame, text)
    this.#send(frame, text)
  }

  /** Bytes of the payload when it is over the limit, else 0. Measures the whole frame first, which is nearly always enough. */
  #tooLarge(text: string, payload: unknown): number {
    const limit = this.#options.maxPayloadBytes
    if (text.length * 3 <= limit || payload === undefined) return 0
    if (Buffer.byteLength(text) <= limit) return 0
    const bytes = jsonBytes(payload)
    return bytes > limit ? bytes : 0
  }

  /** A caller that does not receive it asks again within a second. */
  #send(frame: Frame, text: string): void {
    this.#options.transport.publish(this.#topic, frame, text).catch(() => undefined)
  }
}
