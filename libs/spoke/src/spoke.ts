import { CLOSE_CODES, PROTOCOL_VERSION } from '@alkdev/contracts'
import type { SpokeWelcome } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { ResponseEnvelope } from '@alkdev/operations'
import { backoff, deferred, sleep } from '@alkdev/std'
import type { SpokeOperation } from './define.ts'
import type { SocketEnd } from './frame-socket.ts'
import { IncomingCalls } from './incoming-calls.ts'
import { socketUrl } from './options.ts'
import type { Attached, SpokeOptions } from './options.ts'
import type { CallOptions } from './outgoing-calls.ts'
import { Session } from './session.ts'
import { wireSpec } from './wire-spec.ts'
import { openWsSocket } from './ws-socket.ts'

const firstRetryMs = 100
const longestRetryMs = 10_000
const registerTimeoutMs = 15_000
const drainMs = 30_000

/** Codes after which trying again by itself would be wrong: the key is bad, or another socket took the name over. */
const finalCloses = new Map<number, [code: string, message: string]>([
  [CLOSE_CODES.KEY_NO_LONGER_VALID, ['UNAUTHENTICATED', 'The key is no longer valid.']],
  [CLOSE_CODES.REPLACED, ['CONFLICT', 'Another process attached under the same name.']],
])
/** Refusals of the first or a later attach that no retry mends. */
const finalErrors = new Set(['UNAUTHENTICATED', 'ACCESS_DENIED', 'VALIDATION_ERROR', 'CONFLICT'])

/** Why a session is to be left. */
type Leaving =
  | { readonly kind: 'end'; readonly end: SocketEnd }
  | { readonly kind: 'draining'; readonly afterMs: number }

/**
 * A process that offers operations to a hub. It stays attached until `stop()`: after a loss it reconnects for ever, with capped and
 * jittered delays, registers again, and hands over the answers of `resumable` calls that the hub still waits for.
 */
export class Spoke implements AsyncDisposable {
  readonly #options: SpokeOptions
  readonly #stop = new AbortController()
  readonly #incoming: IncomingCalls
  readonly #ended = deferred<void>()
  #operations: readonly SpokeOperation[]
  #first = deferred<Attached>()
  #session: Session | undefined
  #token: string | undefined
  #attempt = 0

  constructor(options: SpokeOptions) {
    this.#options = options
    this.#operations = options.operations
    this.#incoming = new IncomingCalls({
      nested: (operationId, input, call) => this.request(operationId, input, call),
      log: (level, message, error) => options.onLog?.(level, message, error),
    })
    this.#incoming.offer(options.operations)
    // Both are for whoever asks; nobody asking is no accident.
    this.#first.promise.catch(() => undefined)
    this.#ended.promise.catch(() => undefined)
    void this.#live()
  }

  /** Resolves at the first attach. Rejects with a CallError when the hub refuses key, name or operations for good. */
  attached(): Promise<Attached> {
    return this.#first.promise
  }

  /** Resolves when the spoke was stopped; rejects when the hub sent it away for good (4401, 4409, a refused registration). */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get isAttached(): boolean {
    return this.#session?.open === true
  }

  /** Calls an operation of the hub or of another spoke, as itself; resolves with the data. Rejects with CallError. */
  async call<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Promise<T> {
    return (await this.request(operationId, input, options)).data as T
  }

  /** As `call`, with the whole envelope. */
  request(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Promise<ResponseEnvelope> {
    return this.#attachedSession().calls.call(operationId, input, options)
  }

  /** The items of a subscription. */
  async *subscribe<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): AsyncGenerator<T, void, unknown> {
    const items = this.#attachedSession().calls.subscribe(operationId, input, options)
    for await (const envelope of items) yield envelope.data as T
  }

  /** Offers another set of operations, without a reconnect. Rejects with VALIDATION_ERROR and changes nothing when one is malformed. */
  async offer(operations: readonly SpokeOperation[]): Promise<Attached> {
    const session = this.#attachedSession()
    const before = this.#operations
    this.#operations = operations
    try {
      this.#incoming.offer(operations)
      return await this.#register(session, false)
    } catch (error) {
      this.#operations = before
      this.#incoming.offer(before)
      throw error
    }
  }

  /** Takes no new calls, finishes those in flight (30 s at most), then closes. */
  async stop(): Promise<void> {
    if (this.#stop.signal.aborted) return this.#ended.promise.catch(() => undefined)
    const session = this.#session
    if (session?.open) {
      await session.calls
        .call('hub.unregister', {}, { timeoutMs: registerTimeoutMs })
        .catch(() => undefined)
      const deadline = Date.now() + drainMs
      while (session.open && this.#incoming.running > 0 && Date.now() < deadline) await sleep(10)
    }
    this.#stop.abort(new CallError('ABORTED', 'The spoke was stopped.'))
    this.#incoming.abortAll('The spoke was stopped.')
    session?.close(CLOSE_CODES.DONE, 'done')
    return this.#ended.promise.catch(() => undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #attachedSession(): Session {
    if (!this.#session?.open)
      throw new CallError('PROVIDER_UNAVAILABLE', 'There is no connection to the hub now.')
    return this.#session
  }

  /** Attach, live until the socket ends or the hub drains, attach again. */
  async #live(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        const { session, left } = await this.#attach()
        this.#attempt = 0
        const why = await left
        if (why.kind === 'draining') {
          await sleep(why.afterMs, signal)
          // The old socket answers what it was given while the loop attaches elsewhere.
          void this.#finish(session)
          continue
        }
        const final = finalCloses.get(why.end.code)
        if (final) throw new CallError(final[0], final[1])
        if (!signal.aborted)
          await this.#pause(`the connection ended (${why.end.code} ${why.end.reason})`)
      } catch (error) {
        if (signal.aborted) break
        const failure = CallError.from(error)
        if (finalErrors.has(failure.code)) return this.#giveUp(failure)
        await this.#pause(failure.message)
      }
    }
    this.#first.reject(new CallError('ABORTED', 'The spoke was stopped.'))
    this.#ended.resolve()
  }

  async #pause(reason: string): Promise<void> {
    const delayMs = backoff(this.#attempt, { baseMs: firstRetryMs, capMs: longestRetryMs })
    this.#attempt += 1
    this.#options.onReconnecting?.(reason, delayMs)
    await sleep(delayMs, this.#stop.signal).catch(() => undefined)
  }

  #giveUp(failure: CallError): void {
    this.#stop.abort(failure)
    this.#incoming.abortAll(failure.message)
    this.#session?.terminate()
    this.#first.reject(failure)
    this.#ended.reject(failure)
  }

  /** Opens a socket and registers on it. `left` tells why this session is to be left. */
  async #attach(): Promise<{ readonly session: Session; readonly left: Promise<Leaving> }> {
    const { hub, key, openSocket = openWsSocket } = this.#options
    const socket = await openSocket({ url: socketUrl(hub), key, signal: this.#stop.signal })
    const left = deferred<Leaving>()
    const again = this.#session !== undefined
    const session: Session = new Session(socket, {
      onRequest: (request) => this.#incoming.start(request, session),
      onAborted: (requestId, reason) => this.#incoming.abort(requestId, reason),
      onCredit: (requestId, credits) => this.#incoming.credit(requestId, credits),
      onDraining: (afterMs) => left.resolve({ kind: 'draining', afterMs }),
      onEnd: (end) => {
        this.#incoming.socketLost(session)
        left.resolve({ kind: 'end', end })
      },
    })
    try {
      const attached = await this.#register(session, again)
      this.#session = session
      this.#options.onAttached?.(attached)
      this.#first.resolve(attached)
    } catch (error) {
      session.close(CLOSE_CODES.DONE, 'not registered')
      throw error
    }
    return { session, left: left.promise }
  }

  /** Lets a socket that the hub drains answer what it was given, 30 s at most, and closes it. */
  async #finish(session: Session): Promise<void> {
    const deadline = Date.now() + drainMs
    const busy = (): boolean =>
      this.#session === session || session.calls.size > 0 || this.#incoming.runningOf(session) > 0
    while (session.open && busy() && Date.now() < deadline) await sleep(10)
    session.close(CLOSE_CODES.DRAINED, 'attached elsewhere')
  }

  async #register(session: Session, again: boolean): Promise<Attached> {
    const { name, spokeType, projectId, version, hostInfo, capacity } = this.#options
    const envelope = await session.calls.call(
      'hub.register',
      {
        protocol: PROTOCOL_VERSION,
        name,
        spokeType: spokeType ?? 'client',
        ...(projectId !== undefined && { projectId }),
        ...(version !== undefined && { version }),
        ...(hostInfo !== undefined && { hostInfo }),
        ...(capacity !== undefined && { capacity }),
        operations: this.#operations.map(wireSpec),
        ...(this.#token !== undefined && { sessionToken: this.#token }),
        ...(again && { resume: this.#incoming.resume() }),
      },
      { timeoutMs: registerTimeoutMs, signal: this.#stop.signal },
    )
    const welcome = envelope.data as SpokeWelcome
    this.#token = welcome.sessionToken
    session.setHeartbeat(welcome.heartbeatMs)
    if (again) this.#incoming.resumed(welcome.resumed ?? [], session)
    for (const operation of welcome.operations)
      if (operation.status === 'quarantined')
        this.#options.onLog?.(
          'warn',
          `${operation.name} is quarantined: ${operation.reason ?? 'no reason given'}`,
        )
    return { spokeId: welcome.spokeId, operations: welcome.operations }
  }
}

/** Attaches to a hub and stays attached. The first attach is awaited with `attached()`. */
export function attachSpoke(options: SpokeOptions): Spoke {
  return new Spoke(options)
}
