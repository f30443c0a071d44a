import {
  CallError,
  compileSchema,
  isResponseEnvelope,
  localEnvelope,
  mapError,
} from '@alkdev/operations'
import type { CallRequestedEvent, ResponseEnvelope, Validator } from '@alkdev/operations'
import type { SpokeContext, SpokeHandler, SpokeOperation } from './define.ts'
import type { Frame } from './frame-socket.ts'

/** The socket that gave a call: its answer goes back there, or, after a reconnect, to the one that resumed it. */
export interface CallOrigin {
  readonly open: boolean
  /** False when the socket is gone: then nothing was sent. */
  send(frame: Frame): boolean
}

/** What a call needs of the spoke that it runs in. */
export interface IncomingHost {
  /** A nested call on behalf of the call `parentRequestId`. */
  nested(
    operationId: string,
    input: unknown,
    options: {
      readonly parentRequestId: string
      readonly signal: AbortSignal
      readonly timeoutMs?: number
    },
  ): Promise<ResponseEnvelope>
  /** For what the author should hear: a handler that threw, an answer that came too late. */
  log(level: 'info' | 'warn' | 'error', message: string, error?: unknown): void
}

interface Running {
  origin: CallOrigin
  readonly controller: AbortController
  readonly resumable: boolean
  credits: number
  onCredit: (() => void) | undefined
}

interface Answer {
  readonly frame: Frame
  readonly bytes: number
}

const initialCredits = 32
/** Answers of resumable calls kept for a socket that comes back: at most so many, and so many bytes together; the oldest go first. */
const mostAnswers = 256
const mostAnswerBytes = 16 * 1024 * 1024

/** The calls that the hub made to this spoke. They outlive a socket only when their operation is `resumable`. */
export class IncomingCalls {
  readonly #operations = new Map<
    string,
    { readonly spec: SpokeOperation; readonly output: Validator }
  >()
  readonly #running = new Map<string, Running>()
  readonly #answers = new Map<string, Answer>()
  #answerBytes = 0
  readonly #host: IncomingHost

  constructor(host: IncomingHost) {
    this.#host = host
  }

  /** Replaces what is offered. Throws VALIDATION_ERROR for a schema that does not compile. */
  offer(operations: readonly SpokeOperation[]): void {
    const next = operations.map((spec) => {
      const id = `${spec.namespace}.${spec.name}`
      return [id, { spec, output: compileSchema(spec.outputSchema) }] as const
    })
    this.#operations.clear()
    for (const [id, entry] of next) this.#operations.set(id, entry)
  }

  get running(): number {
    return this.#running.size
  }

  /** How many of the calls running were given by this socket. */
  runningOf(origin: CallOrigin): number {
    let count = 0
    for (const call of this.#running.values()) if (call.origin === origin) count += 1
    return count
  }

  /** For `hub.register`: what is worked on, and what ended, without a socket to tell it to. */
  resume(): { readonly inFlight: string[]; readonly answered: string[] } {
    const orphans = [...this.#running].filter(([, call]) => !call.origin.open)
    return {
      inFlight: orphans.map(([requestId]) => requestId),
      answered: [...this.#answers.keys()],
    }
  }

  /** After a reconnect: sends the answers that the hub still wants, and stops the orphans that it does not. */
  resumed(wanted: readonly string[], origin: CallOrigin): void {
    const still = new Set(wanted)
    for (const [requestId, answer] of this.#answers)
      if (still.has(requestId)) origin.send(answer.frame)
    this.#answers.clear()
    this.#answerBytes = 0
    for (const [requestId, call] of this.#running) {
      if (call.origin.open) continue
      if (still.has(requestId)) call.origin = origin
      else call.controller.abort(new CallError('ABORTED', 'The hub no longer waits for this call.'))
    }
  }

  /** A socket broke off: of the calls that it gave, those that can't be resumed are stopped. */
  socketLost(origin: CallOrigin): void {
    for (const call of this.#running.values())
      if (call.origin === origin && !call.resumable)
        call.controller.abort(new CallError('ABORTED', 'The connection to the hub broke off.'))
  }

  abortAll(reason: string): void {
    for (const call of this.#running.values())
      call.controller.abort(new CallError('ABORTED', reason))
  }

  abort(requestId: string, reason: string | undefined): void {
    this.#running
      .get(requestId)
      ?.controller.abort(new CallError('ABORTED', reason ?? 'The caller left.'))
  }

  credit(requestId: string, credits: number): void {
    const call = this.#running.get(requestId)
    if (!call) return
    call.credits += credits
    call.onCredit?.()
  }

  /** Starts a call. Never throws: what goes wrong is answered. */
  start(request: CallRequestedEvent, origin: CallOrigin): void {
    const { requestId } = request
    const entry = this.#operations.get(request.operationId)
    if (!entry) {
      const message = `This spoke does not offer ${request.operationId}.`
      origin.send(failure(requestId, new CallError('OPERATION_NOT_FOUND', message)))
      return
    }
    if (this.#running.has(requestId)) {
      // A running call keeps its id: the second is refused without touching the first.
      this.#host.log('warn', `The id ${requestId} is in use; the second call was refused.`)
      return
    }
    const call: Running = {
      origin,
      controller: new AbortController(),
      resumable: entry.spec.resumable === true,
      credits: initialCredits,
      onCredit: undefined,
    }
    this.#running.set(requestId, call)
    void this.#run(request, entry.spec, entry.output, call)
  }

  async #run(
    request: CallRequestedEvent,
    spec: SpokeOperation,
    output: Validator,
    call: Running,
  ): Promise<void> {
    const { requestId } = request
    const leftMs = timeLeft(request)
    const timer =
      leftMs === undefined
        ? undefined
        : setTimeout(() => {
            call.controller.abort(
              new CallError('TIMEOUT', `${request.operationId} ran out of time.`),
            )
          }, leftMs)
    try {
      const context = this.#context(request, call.controller.signal, leftMs)
      if (spec.type === 'subscription') await this.#stream(request, spec, output, call, context)
      else {
        const data = await (spec.handler as SpokeHandler<unknown>)(request.input, context)
        const envelope = this.#envelope(spec, output, data)
        this.#answer(call, {
          type: 'call.responded',
          id: requestId,
          payload: { requestId, output: envelope, timestamp: Date.now() },
        })
      }
    } catch (error) {
      const { signal } = call.controller
      // A handler that stops because it was told to says so with whatever error it likes.
      const reason = signal.aborted && !(error instanceof CallError) ? signal.reason : error
      const mapped = mapError(reason, spec.errorSchemas)
      if (mapped.code === 'EXECUTION_ERROR')
        this.#host.log('error', `${request.operationId} threw`, error)
      this.#answer(call, failure(requestId, mapped))
    } finally {
      clearTimeout(timer)
      this.#running.delete(requestId)
    }
  }

  async #stream(
    request: CallRequestedEvent,
    spec: SpokeOperation,
    output: Validator,
    call: Running,
    context: SpokeContext,
  ): Promise<void> {
    const { requestId } = request
    const { signal } = call.controller
    const items = (spec.handler as SpokeHandler<unknown>)(
      request.input,
      context,
    ) as AsyncIterable<unknown>
    const iterator = items[Symbol.asyncIterator]()
    let seq = 0
    try {
      for (;;) {
        await this.#creditFor(call)
        const step = await abortable(iterator.next(), signal)
        if (step.done) break
        seq += 1
        call.credits -= 1
        const envelope = this.#envelope(spec, output, step.value)
        call.origin.send({
          type: 'call.responded',
          id: requestId,
          payload: { requestId, output: envelope, seq, timestamp: Date.now() },
        })
      }
    } finally {
      // Not awaited: a generator stuck in its own await would hold the end back.
      void Promise.resolve(iterator.return?.()).catch(() => undefined)
    }
    this.#answer(call, {
      type: 'call.completed',
      id: requestId,
      payload: { requestId, count: seq, timestamp: Date.now() },
    })
  }

  async #creditFor(call: Running): Promise<void> {
    const { signal } = call.controller
    while (call.credits <= 0) {
      signal.throwIfAborted()
      await abortable(new Promise<void>((resolve) => (call.onCredit = resolve)), signal)
    }
    signal.throwIfAborted()
  }

  #context(
    request: CallRequestedEvent,
    signal: AbortSignal,
    leftMs: number | undefined,
  ): SpokeContext {
    const { requestId } = request
    const deadline = leftMs === undefined ? undefined : Date.now() + leftMs
    return {
      requestId,
      ...(request.parentRequestId !== undefined && { parentRequestId: request.parentRequestId }),
      ...(request.identity !== undefined && { identity: request.identity }),
      ...(request.metadata !== undefined && { metadata: request.metadata }),
      ...(request.idempotencyKey !== undefined && { idempotencyKey: request.idempotencyKey }),
      ...(deadline !== undefined && { deadline }),
      signal,
      call: async <T>(operationId: string, input: unknown = {}) => {
        const timeoutMs = deadline === undefined ? undefined : Math.max(1, deadline - Date.now())
        const envelope = await this.#host.nested(operationId, input, {
          parentRequestId: requestId,
          signal,
          ...(timeoutMs !== undefined && { timeoutMs }),
        })
        return envelope.data as T
      },
    }
  }

  #envelope(spec: SpokeOperation, output: Validator, value: unknown): ResponseEnvelope {
    const envelope = isResponseEnvelope(value)
      ? value
      : localEnvelope(value ?? null, `${spec.namespace}.${spec.name}`)
    if (output.check(envelope.data)) return envelope
    const paths = output
      .errors(envelope.data)
      .map((error) => `${error.path || '/'} ${error.message}`)
    throw new CallError(
      'EXECUTION_ERROR',
      `${spec.namespace}.${spec.name} gave an answer that its own schema refuses: ${paths.join('; ')}`,
    )
  }

  #answer(call: Running, frame: Frame): void {
    if (!call.origin.send(frame) && call.resumable) this.#keep(frame.id, frame)
  }

  #keep(requestId: string, frame: Frame): void {
    const answer = { frame, bytes: JSON.stringify(frame).length }
    this.#answers.set(requestId, answer)
    this.#answerBytes += answer.bytes
    for (const [oldest, { bytes }] of this.#answers) {
      if (this.#answers.size <= mostAnswers && this.#answerBytes <= mostAnswerBytes) break
      this.#answers.delete(oldest)
      this.#answerBytes -= bytes
      this.#host.log(
        'warn',
        `The answer to ${oldest} was dropped: too many wait for the connection.`,
      )
    }
  }
}

function failure(requestId: string, error: CallError): Frame {
  const payload = { requestId, ...error.toWire(), timestamp: Date.now() }
  return { type: 'call.error', id: requestId, payload }
}

/** `timeoutMs` wins; a `deadline` counts from the sender's own `timestamp`, so that clocks need not agree. */
function timeLeft(request: CallRequestedEvent): number | undefined {
  if (request.timeoutMs !== undefined) return request.timeoutMs
  if (request.deadline === undefined) return undefined
  return Math.max(0, request.deadline - (request.timestamp ?? Date.now()))
}

/** The promise, or the signal's reason as soon as it aborts. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
