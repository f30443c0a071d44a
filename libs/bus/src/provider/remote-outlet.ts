import type { ResponseEnvelope } from '@alkdev/operations'
import { answerNotWritable, payloadTooLarge, toFrameError } from '../call-errors.ts'
import type { Transport } from '../transport/transport.ts'
import { instanceTopic } from '../transport/transport.ts'
import type { AbortReceipt, Frame, FrameError } from '../wire/frames.ts'
import { jsonBytes, writeJson } from '../wire/write-json.ts'
import type { Memory, Remembered } from './memory.ts'
import type { Outlet } from './outlet.ts'

export interface RemoteOutletOptions {
  readonly transport: Transport
  readonly memory: Memory
  readonly entry: Remembered
  /** This instance. */
  instanceId(): string
  /** Calls now running at the same spoke. */
  load(): number | undefined
  readonly maxPayloadBytes: number
}

/** Sends what becomes of an attempt to the caller's instance and remembers the last word of it. */
export class RemoteOutlet implements Outlet {
  readonly #options: RemoteOutletOptions
  readonly #topic: string

  constructor(options: RemoteOutletOptions) {
    this.#options = options
    this.#topic = instanceTopic(options.entry.from)
  }

  respond(output: ResponseEnvelope, queueMs: number, executeMs: number): void {
    const { entry } = this.#options
    this.#last(
      {
        k: 'respond',
        call: entry.call,
        n: entry.n,
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
    const frame: Frame = { ...this.#head(), k: 'item', seq, output }
    const text = writeJson(frame)
    if (text === undefined) {
      this.#options.entry.run?.fail(answerNotWritable('output'))
      return
    }
    const bytes = this.#tooLarge(text, output)
    if (bytes === 0) {
      this.#send(frame, text)
      return
    }
    this.#options.entry.run?.fail(payloadTooLarge('output', bytes, this.#options.maxPayloadBytes))
  }

  complete(count: number): void {
    this.#last({ ...this.#head(), k: 'complete', count })
  }

  fail(error: FrameError): void {
    this.#last({ ...this.#head(), k: 'error', error }, error.details)
  }

  refuse(error: FrameError): void {
    this.#last({ ...this.#head(), k: 'refuse', error })
  }

  lost(reason: string): void {
    this.#last({ ...this.#head(), k: 'lost', reason })
  }

  receipt(receipt: AbortReceipt): void {
    const frame: Frame = { ...this.#head(), k: 'receipt', receipt }
    this.#send(frame, JSON.stringify(frame))
  }

  #head(): { readonly call: string; readonly n: number; readonly from: string } {
    const { entry } = this.#options
    return { call: entry.call, n: entry.n, from: this.#options.instanceId() }
  }

  #last(frame: Frame, payload?: unknown): void {
    const { memory, entry, maxPayloadBytes } = this.#options
    const text = writeJson(frame)
    const bytes = text === undefined ? 0 : this.#tooLarge(text, payload)
    if (text !== undefined && bytes === 0) {
      memory.end(entry, frame, text)
      this.#send(frame, text)
      return
    }
    const error = toFrameError(
      text === undefined
        ? answerNotWritable(frame.k === 'respond' ? 'output' : 'error')
        : payloadTooLarge('output', bytes, maxPayloadBytes),
    )
    const failure: Frame = { ...this.#head(), k: 'error', error }
    const failureText = JSON.stringify(failure)
    memory.end(entry, failure, failureText)
    this.#send(failure, failureText)
  }

  /** Bytes of the payload when it is over the limit, else 0. The whole frame is looked at first, which is nearly always enough. */
  #tooLarge(text: string, payload: unknown): number {
    const limit = this.#options.maxPayloadBytes
    if (text.length * 3 <= limit || payload === undefined) return 0
    if (Buffer.byteLength(text) <= limit) return 0
    const bytes = jsonBytes(payload)
    return bytes > limit ? bytes : 0
  }

  /** A caller that does not hear it asks again within a second. */
  #send(frame: Frame, text: string): void {
    this.#options.transport.publish(this.#topic, frame, text).catch(() => undefined)
  }
}
