import { CallError } from './call-error.ts'
import type { CallErrorEvent, CallFrame, CallRespondedEvent } from './call-events.ts'
import { sendQuietly } from './call-port.ts'
import type { CallPort } from './call-port.ts'
import { isJsonData } from './json-output.ts'
import { isResponseEnvelope } from './response-envelope.ts'
import type { ResponseEnvelope } from './response-envelope.ts'
import type { ServedRequest } from './served-call.ts'

/** The requests of the other side: answers them, and keeps those that are executed here. */
export class IncomingRequests {
  readonly #port: CallPort
  readonly #executed = new Map<string, ServedRequest>()

  constructor(port: CallPort) {
    this.#port = port
  }

  /** See `PendingRequestMap.respond`. */
  respond(requestId: string, output: ResponseEnvelope, seq?: number): void {
    const failed = (): void =>
      this.fail(requestId, 'EXECUTION_ERROR', 'The output cannot be carried.')
    assertEnvelope(output)
    try {
      this.answer(requestId, output, seq)?.then(undefined, failed)
    } catch {
      failed()
    }
  }

  /** See `PendingRequestMap.answer`. */
  answer(requestId: string, output: ResponseEnvelope, seq?: number): void | Promise<unknown> {
    assertEnvelope(output)
    const payload: CallRespondedEvent = {
      requestId,
      // JSON would drop the member; void answers are null on the wire.
      output: output.data === undefined ? { ...output, data: null } : output,
      ...(seq !== undefined && { seq }),
      timestamp: Date.now(),
    }
    return this.#port.send('call.responded', requestId, payload)
  }

  /** See `PendingRequestMap.emitError`. */
  fail(requestId: string, code: string, message: string, details?: unknown): void {
    const bare = { requestId, code, message, timestamp: Date.now() }
    const send = (payload: CallErrorEvent): void =>
      sendQuietly(this.#port, 'call.error', payload, () =>
        payload === bare ? undefined : send(bare),
      )
    send(details === undefined || !isJsonData(details) ? bare : { ...bare, details })
  }

  /** See `PendingRequestMap.complete`. */
  complete(requestId: string, count?: number): void {
    const counted = count === undefined ? {} : { count }
    sendQuietly(this.#port, 'call.completed', { requestId, ...counted, timestamp: Date.now() })
  }

  /** See `PendingRequestMap.serve`. */
  serve(requestId: string, request: ServedRequest): (() => void) | undefined {
    if (this.#executed.has(requestId)) return undefined
    this.#executed.set(requestId, request)
    const route = this.#port.open(requestId, ['call.aborted', 'call.credit'])
    route.ready?.then(undefined, () => {})
    return () => {
      this.#executed.delete(requestId)
      route.close()
    }
  }

  /** Handles an abort or a credit. False when its request is not executed here. */
  receive(frame: CallFrame): boolean {
    const request = this.#executed.get(frame.payload.requestId)
    if (request === undefined) return false
    if (frame.type === 'call.credit') request.credited(frame.payload)
    else if (frame.type === 'call.aborted') request.aborted(frame.payload.reason)
    else return false
    return true
  }

  abortAll(reason: string): void {
    for (const request of [...this.#executed.values()]) request.aborted(reason)
  }
}

function assertEnvelope(output: ResponseEnvelope): void {
  if (!isResponseEnvelope(output))
    throw new CallError('VALIDATION_ERROR', 'An answer must be a response envelope {data, meta}.')
}
