import type { CallHeader } from '@alkdev/contracts'
import type { CallError, OperationSpec } from '@alkdev/operations'
import { payloadTooLarge, requestNotWritable, toFrameError } from '../call-errors.ts'
import type { Counters } from '../counters.ts'
import type { Leases } from '../leases/leases.ts'
import type { BusLimits } from '../options.ts'
import type { CallTarget } from '../provided-call.ts'
import type { Provider } from '../provider/provider.ts'
import type { ResponseSink } from '../provider/response-sink.ts'
import { instanceTopic } from '../transport/transport.ts'
import type { Transport } from '../transport/transport.ts'
import type { Frame, FrameError, RequestFrame } from '../wire/frames.ts'
import { jsonBytes, writeJson } from '../wire/write-json.ts'
import { positionOf } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import { Confirmations } from './confirmations.ts'

const REDIS_AWAY = { code: 'UNAVAILABLE', message: 'Redis is not available.', retryAfterMs: 1000 }

/** A call as the dispatcher sees it. */
export interface DispatchedCall extends ResponseSink {
  readonly header: CallHeader
  /** The attempt in flight. */
  readonly attempt: Attempt | undefined
  /** Milliseconds left; undefined without a total time. */
  readonly remainingMs: number | undefined
  readonly idleTimeoutMs: number | undefined
  readonly orphan: 'finish' | undefined
  /** The provider did not get the attempt and never will. `refusal`: the error of the call if there is no other provider. */
  onUndelivered(refusal?: FrameError): void
}

export interface DispatcherOptions {
  readonly transport: Transport
  readonly leases: Leases
  readonly limits: BusLimits
  readonly counters: Counters
  readonly provider: Provider
  /** The description of an operation to be run in this process. */
  specOf(operationId: string, target: CallTarget): OperationSpec | undefined
}

/** Sends attempts, and the later frames about them, to their providers in this process or over the transport. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #confirmations: Confirmations

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#confirmations = new Confirmations((instanceId, done) => {
      this.send(instanceId, { type: 'check', from: this.instanceId, waiting: [], done })
    })
  }

  get instanceId(): string {
    return this.#options.leases.instanceId
  }

  /** Dispatches the attempt to its candidate. The call's sink receives the results. */
  dispatch(call: DispatchedCall, attempt: Attempt): void {
    if (attempt.candidate.local) this.#runLocal(call, attempt)
    else if (this.#options.leases.sure) this.#sendRequest(call, attempt)
    else call.onUndelivered(REDIS_AWAY)
  }

  abort({ callId }: CallHeader, attempt: Attempt, error: CallError): void {
    this.#options.counters.abortsSent++
    const { run, number, from, candidate } = attempt
    if (run !== undefined) {
      if (!run.ended) run.abort(error)
      return
    }
    this.send(candidate.instanceId, {
      type: 'abort',
      callId,
      attempt: number,
      from,
      code: error.code,
      reason: error.message,
    })
  }

  /** Items of the stream up to this number may be sent. */
  credit({ callId }: CallHeader, attempt: Attempt, upTo: number): void {
    const { run, number, from, candidate } = attempt
    if (run !== undefined) run.window.grant(upTo)
    else this.send(candidate.instanceId, { type: 'credit', callId, attempt: number, from, upTo })
  }

  /** The attempt has ended for this side; its provider may evict it. */
  confirm({ callId }: CallHeader, { run, number, candidate }: Attempt): void {
    if (run === undefined) this.#confirmations.add(candidate.instanceId, callId, number)
  }

  flushConfirmations(): void {
    this.#confirmations.flush()
  }

  /** Sends a frame whose loss has no effect on the result. */
  send(instanceId: string, frame: Frame): void {
    this.#options.transport.publish(instanceTopic(instanceId), frame).catch(() => undefined)
  }

  #runLocal(call: DispatchedCall, attempt: Attempt): void {
    const { counters, provider } = this.#options
    counters.callsLocal++
    const { header, remainingMs, idleTimeoutMs, orphan } = call
    const { target } = attempt.candidate
    const spec = this.#options.specOf(header.operationId, target)
    if (spec === undefined) return call.onUndelivered()
    const resume = resumeOf(attempt)
    provider.runLocal(
      { header, attempt: attempt.number, spec, target, remainingMs, idleTimeoutMs, resume, orphan },
      call,
      (run) => {
        attempt.run = run
      },
    )
  }

  #sendRequest(call: DispatchedCall, attempt: Attempt): void {
    const frame = requestFrame(call, attempt)
    const text = writeJson(frame)
    if (text === undefined) return call.fail(toFrameError(requestNotWritable()))
    const limit = this.#options.limits.maxPayloadBytes
    if (text.length * 3 > limit && Buffer.byteLength(text) > limit) {
      const bytes = jsonBytes(call.header.input)
      if (bytes > limit) return call.fail(toFrameError(payloadTooLarge('input', bytes, limit)))
    }
    const { transport } = this.#options
    transport.publish(instanceTopic(attempt.candidate.instanceId), frame, text).then(
      (receivers) => {
        // Otherwise the check of the attempt finds out whether the instance has the call.
        if (receivers === 0 && transport.countsReceivers && call.attempt === attempt)
          call.onUndelivered()
      },
      (error: unknown) => {
        // A frame that was in transit when the connection broke is handled by the check after the reconnect.
        if (call.attempt !== attempt || !transport.neverSent(error)) return
        call.onUndelivered(REDIS_AWAY)
      },
    )
  }
}

/** The frame that dispatches an attempt to another instance, with the time that is left. JSON omits undefined members. */
function requestFrame(
  { header, remainingMs, idleTimeoutMs, orphan }: DispatchedCall,
  attempt: Attempt,
): RequestFrame {
  return {
    type: 'request',
    attempt: attempt.number,
    from: attempt.from,
    target: attempt.candidate.target,
    remainingMs: remainingMs === undefined ? undefined : Math.max(1, Math.round(remainingMs)),
    idleTimeoutMs,
    header,
    resume: resumeOf(attempt),
    orphan,
  }
}

function resumeOf(attempt: Attempt): RequestFrame['resume'] {
  return attempt.resumed === true ? positionOf(attempt) : undefined
}
