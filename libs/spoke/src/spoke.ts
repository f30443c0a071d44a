import { CodedError } from '@alkdev/errors'
import type { ResponseEnvelope } from '@alkdev/operations'
import { withTimeout } from '@alkdev/std'
import { AttachLoop } from './attach-loop.ts'
import { guardedLog, logErrors } from './callbacks.ts'
import type { SpokeOperation } from './define.ts'
import { checkHello } from './hello.ts'
import { IncomingCalls } from './incoming/incoming-calls.ts'
import { openerOf } from './opener.ts'
import type { Attached, SpokeOptions } from './options.ts'
import { Registrar } from './registrar.ts'
import { connectionFailures, connectionTarget } from './wire/connection-target.ts'
import type { Items } from './wire/items.ts'
import type { CallOptions } from './wire/outgoing-calls.ts'

const DRAIN_MS = 30_000

/**
 * A process that offers operations to a hub. It stays attached until `stop()`: after a loss it reconnects forever, with capped and
 * jittered delays, registers again, and sends the answers of `resumable` calls for which the hub still waits.
 */
export class Spoke implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #incoming: IncomingCalls
  readonly #registrar: Registrar
  readonly #loop: AttachLoop
  #stopping: Promise<void> | undefined

  /** Throws CodedError VALIDATION_ERROR that names all faults of the options. */
  constructor(options: SpokeOptions) {
    checkHello(options, options.operations, connectionFailures(options.hub, options.key))
    const target = connectionTarget(options.hub, options.key)
    const log = guardedLog(options.onLog ?? logErrors)
    const openSocket = openerOf(options, log)
    const incoming = new IncomingCalls(log, options.tracer)
    const stop = this.#stop
    const registrar = new Registrar({ options, incoming, log, signal: stop.signal })
    this.#incoming = incoming
    this.#registrar = registrar
    this.#loop = new AttachLoop({ options, target, openSocket, incoming, registrar, log, stop })
  }

  /**
   * Resolves at the first attach. Rejects with a CodedError when the hub refuses key, name or operations permanently, or the spoke was
   * stopped.
   */
  attached(): Promise<Attached> {
    return this.#loop.first
  }

  /** Resolves when the spoke was stopped; rejects when the hub refuses it permanently (4401, 4409, a refused registration). */
  get ended(): Promise<void> {
    return this.#loop.ended
  }

  get isAttached(): boolean {
    return this.#registrar.current?.open === true
  }

  /** Frames since the start that concerned no call in flight: late ones, and ones that no hub should send. */
  get strayFrames(): number {
    return this.#loop.strayFrames
  }

  /**
   * Calls an operation of the hub or of another spoke, with the rights of the spoke's key; resolves with the data. Rejects with CodedError.
   */
  async call<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Promise<T> {
    return (await this.request(operationId, input, options)).data as T
  }

  /** As `call`, with the whole envelope. */
  async request(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Promise<ResponseEnvelope> {
    return this.#registrar.attached.calls.call(operationId, input, options)
  }

  /** The items of a subscription, read with `for await`. Throws PROVIDER_UNAVAILABLE while there is no connection. */
  subscribe<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Items<T> {
    const { calls } = this.#registrar.attached
    return calls.subscribe(operationId, input, options, ({ data }) => data as T)
  }

  /**
   * Offers another set of operations, without a reconnect. Rejects with VALIDATION_ERROR, or PROVIDER_UNAVAILABLE while there is no
   * connection; then nothing has changed.
   */
  offer(operations: readonly SpokeOperation[]): Promise<Attached> {
    return this.#registrar.replace(operations)
  }

  /**
   * Accepts no new calls, lets those in flight end (`timeoutMs`, 30 s), aborts the rest, and closes. Further calls return the same promise.
   */
  stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#drain(options.timeoutMs ?? DRAIN_MS)
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #drain(timeoutMs: number): Promise<void> {
    this.#loop.leave()
    if (this.isAttached && !this.#stop.signal.aborted) {
      const drained = this.#registrar.unregister().then(() => this.#incoming.idle())
      await withTimeout(drained, { ms: timeoutMs, what: 'The drain', onTimeout: () => undefined })
    }
    const reason = 'The spoke was stopped.'
    this.#stop.abort(new CodedError('ABORTED', reason))
    this.#incoming.abortAll(reason)
    this.#loop.close()
    await this.#loop.ended.catch(() => undefined)
  }
}

/**
 * Attaches to a hub and stays attached. Throws VALIDATION_ERROR for options that no hub accepts. Await the first attach with `attached()`.
 */
export function attachSpoke(options: SpokeOptions): Spoke {
  return new Spoke(options)
}
