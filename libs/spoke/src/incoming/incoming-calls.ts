import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import { CodedError } from '@alkdev/errors'
import { compileSchema, operationIdOf } from '@alkdev/operations'
import type { CallFrame, CallRequestedEvent } from '@alkdev/operations'
import type { SpokeOperation } from '../define.ts'
import type { LogLevel } from '../options.ts'
import type { SpokeTracer } from '../tracing.ts'
import { after, inBackground } from '../wire/timer.ts'
import { errorText } from './answer-frames.ts'
import type { CallOrigin } from './call-origin.ts'
import { IncomingCall } from './incoming-call.ts'
import type { IncomingCallHost, Offered } from './incoming-call.ts'
import { KeptAnswers } from './kept-answers.ts'
import { RecentIds } from './recent-ids.ts'

export type SpokeLog = (level: LogLevel, message: string, error?: unknown) => void

/** Maximum concurrent calls; beyond it new ones are refused, even if the hub sends them. */
const mostRunning = 4 * DEFAULT_LIMITS.maxInFlightPerSocket
const mostRemembered = 4096
/** Milliseconds after which the hub has certainly ended a call: its 15 s, plus the time to notice a lost socket. */
const orphanMs =
  DEFAULT_LIMITS.suspendedMs + DEFAULT_LIMITS.heartbeatMs * (DEFAULT_LIMITS.missedHeartbeats + 1)

/** The calls that the hub made to this spoke. They outlive a socket only when their operation is `resumable`. */
export class IncomingCalls {
  #operations: ReadonlyMap<string, Offered> = new Map()
  readonly #running = new Map<string, IncomingCall>()
  readonly #started = new RecentIds(mostRemembered)
  readonly #answers: KeptAnswers
  readonly #orphanTimers = new Set<ReturnType<typeof setTimeout>>()
  readonly #log: SpokeLog
  readonly #host: IncomingCallHost
  #idle: (() => void)[] = []

  constructor(log: SpokeLog, tracer?: SpokeTracer) {
    this.#log = log
    this.#answers = new KeptAnswers((requestId) =>
      log('warn', `The answer to ${requestId} was dropped: too many wait for the connection.`),
    )
    this.#host = {
      aborted: () => this.#tellIdle(),
      keep: (requestId, text, origin, items) => this.#answers.send(requestId, text, origin, items),
      threw: (operationId, error) => log('error', `${operationId} threw`, error),
      tracer,
      tracerThrew: (error) => log('error', 'the tracer threw', error),
    }
  }

  /** Replaces the offered operations. Throws VALIDATION_ERROR for a schema that does not compile; then nothing is changed. */
  offer(operations: readonly SpokeOperation[]): void {
    const entries = operations.map(
      (spec) => [operationIdOf(spec), { spec, output: compileSchema(spec.outputSchema) }] as const,
    )
    this.#operations = new Map(entries)
  }

  get running(): number {
    return this.#running.size
  }

  /** Resolves when no call runs whose caller still waits; does not wait for handlers that ignore their signal. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve)
      this.#tellIdle()
    })
  }

  /** For `hub.register`: the running calls, and the ended ones whose answer the hub has not confirmed. */
  resume(): { readonly inFlight: string[]; readonly answered: string[] } {
    const orphans = [...this.#running.values()].filter(
      (call) => call.resumable && !call.origin.open,
    )
    return {
      inFlight: orphans.map((call) => call.requestId),
      answered: this.#answers.stranded(),
    }
  }

  /** After a reconnect: sends the answers that the hub still needs, and stops the calls that it no longer has. */
  resumed(wanted: readonly string[], origin: CallOrigin): void {
    const still = new Set(wanted)
    this.#answers.resumed(still, origin)
    for (const call of this.#running.values()) {
      if (call.origin.open) continue
      if (still.has(call.requestId)) call.moveTo(origin)
      else call.abort('ABORTED', 'The hub no longer waits for this call.')
    }
  }

  /** A socket was lost: of its calls, those that can't be resumed are stopped. `moved`: none can, because there is a newer socket. */
  socketLost(origin: CallOrigin, moved: boolean): void {
    if (moved) this.#answers.forget(origin)
    let orphans = false
    for (const call of this.#running.values()) {
      if (call.origin !== origin) continue
      if (call.resumable && !moved) orphans = true
      else call.abort('ABORTED', 'The connection to the hub was lost.')
    }
    if (orphans) this.#expire(origin)
  }

  confirmed(origin: CallOrigin): void {
    this.#answers.confirmed(origin)
  }

  /** Ends every call: the spoke was stopped or refused. */
  abortAll(reason: string): void {
    for (const call of this.#running.values()) call.abort('ABORTED', reason)
    for (const timer of this.#orphanTimers) clearTimeout(timer)
    this.#orphanTimers.clear()
  }

  /** A frame about a call of the hub. False when the call is unknown here. */
  receive(frame: CallFrame, origin: CallOrigin): boolean {
    const { type, payload } = frame
    if (type === 'call.requested') {
      this.#start(payload, origin)
      return true
    }
    const call = this.#running.get(payload.requestId)
    if (!call) return false
    if (type === 'call.credit') call.onCredit(payload)
    else if (type === 'call.aborted') call.abort('ABORTED', payload.reason ?? 'The caller left.')
    return true
  }

  /** Starts a call. Never throws: failures are answered. */
  #start(request: CallRequestedEvent, origin: CallOrigin): void {
    const { requestId, operationId } = request
    if (this.#running.has(requestId)) {
      // A refusal of the second by its id would end the first.
      this.#log('warn', `The call ${requestId} came twice; the second was left out.`)
      return
    }
    const offered = this.#operations.get(operationId)
    const refusal = this.#refusal(request, offered)
    if (refusal || !offered) {
      if (refusal) origin.sendText(errorText(requestId, refusal, origin.maxPayloadBytes))
      return
    }
    this.#started.add(requestId)
    const call = new IncomingCall(request, offered, origin, this.#host)
    this.#running.set(requestId, call)
    void call
      .run()
      .catch((error: unknown) => this.#log('error', `${operationId} could not be answered`, error))
      .finally(() => this.#ended(requestId))
  }

  #refusal(request: CallRequestedEvent, offered: Offered | undefined): CodedError | undefined {
    const { requestId, operationId } = request
    if (this.#started.has(requestId))
      return new CodedError('VALIDATION_ERROR', `The call ${requestId} was made and answered.`)
    if (!offered)
      return new CodedError('OPERATION_NOT_FOUND', `This spoke does not offer ${operationId}.`)
    if (this.#running.size >= mostRunning)
      return new CodedError('OVERLOADED', `${mostRunning} calls run here already.`)
    return undefined
  }

  #ended(requestId: string): void {
    this.#running.delete(requestId)
    this.#tellIdle()
  }

  #tellIdle(): void {
    if (this.#idle.length === 0) return
    for (const call of this.#running.values()) if (!call.aborted) return
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }

  /** A call that was not resumed by then no longer has a waiting caller. */
  #expire(origin: CallOrigin): void {
    const timer = after(orphanMs, () => {
      this.#orphanTimers.delete(timer)
      this.#answers.forget(origin)
      for (const call of this.#running.values())
        if (call.origin === origin) call.abort('ABORTED', 'The hub no longer waits for this call.')
    })
    inBackground(timer)
    this.#orphanTimers.add(timer)
  }
}
