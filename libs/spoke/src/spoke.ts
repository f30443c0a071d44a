import { CLOSE_CODES, REPLACED_REASONS } from '@alkdev/contracts/wire'
import type { SpokeWelcome } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { checkCallFrame } from '@alkdev/operations'
import type { ResponseEnvelope } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import type { SpokeOperation } from './define.ts'
import { checkHello, helloOf } from './hello.ts'
import { IncomingCalls } from './incoming/incoming-calls.ts'
import type { SpokeLog } from './incoming/incoming-calls.ts'
import type { Attached, SpokeOptions } from './options.ts'
import { delayAfter, finalFailure } from './reconnect.ts'
import { openerOf } from './opener.ts'
import { connectionFailures, connectionTarget } from './wire/connection-target.ts'
import type { ConnectionTarget } from './wire/connection-target.ts'
import type { OpenSocket, SocketEnd } from './wire/frame-socket.ts'
import type { Items } from './wire/item-stream.ts'
import type { CallOptions } from './wire/outgoing-calls.ts'
import { Session } from './wire/session.ts'
import type { CallMessage } from './wire/session.ts'

const registerTimeoutMs = 15_000
const drainMs = 30_000
/** A connection that lasted so long was a good one: after it the first retry comes soon again. */
const lastingMs = 5000

/** A session that is attached, and how it ends. */
interface Link {
  readonly session: Session
  readonly ended: Promise<SocketEnd>
  /** Resolves with what the hub asks to wait, when it asks to attach elsewhere. */
  readonly draining: Promise<number>
  readonly attachedAt: number
}

/**
 * A process that offers operations to a hub. It stays attached until `stop()`: after a loss it reconnects for ever, with capped and
 * jittered delays, registers again, and hands over the answers of `resumable` calls that the hub still waits for.
 */
export class Spoke implements AsyncDisposable {
  readonly #options: SpokeOptions
  readonly #target: ConnectionTarget
  readonly #openSocket: OpenSocket
  readonly #log: SpokeLog
  readonly #stop = new AbortController()
  readonly #incoming: IncomingCalls
  readonly #sessions = new Set<Session>()
  readonly #first = Promise.withResolvers<Attached>()
  readonly #ended = Promise.withResolvers<undefined>()
  #operations: readonly SpokeOperation[]
  /** The newest session that is attached. */
  #current: Session | undefined
  /** The newest session on which `hub.register` was sent. */
  #registered: Session | undefined
  #stopping: Promise<void> | undefined
  #registering: Promise<unknown> = Promise.resolve()
  #token: string | undefined
  #attempt = 0
  #strayFrames = 0

  /** Throws CodedError VALIDATION_ERROR that names everything that is wrong with the options. */
  constructor(options: SpokeOptions) {
    checkHello(options, options.operations, connectionFailures(options.hub, options.key))
    this.#target = connectionTarget(options.hub, options.key)
    this.#options = options
    this.#operations = options.operations
    this.#log = safely(options.onLog ?? logErrors)
    this.#openSocket = openerOf(options, this.#log)
    this.#incoming = new IncomingCalls(this.#log)
    this.#incoming.offer(options.operations)
    // Both are for whoever asks; nobody asking is no accident.
    this.#first.promise.catch(() => undefined)
    this.#ended.promise.catch(() => undefined)
    void this.#live()
  }

  /** Resolves at the first attach. Rejects with a CodedError when the hub refuses key, name or operations for good, or the spoke was stopped. */
  attached(): Promise<Attached> {
    return this.#first.promise
  }

  /** Resolves when the spoke was stopped; rejects when the hub sent it away for good (4401, 4409, a refused registration). */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get isAttached(): boolean {
    return this.#current?.open === true
  }

  /** Frames that were about no call in flight, since the start: late ones, and what no hub should send. */
  get strayFrames(): number {
    let count = this.#strayFrames
    for (const session of this.#sessions) count += session.strayFrames
    return count
  }

  /** Calls an operation of the hub or of another spoke, as itself; resolves with the data. Rejects with CodedError. */
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
    return this.#attachedSession().calls.call(operationId, input, options)
  }

  /** The items of a subscription, read with `for await`. Throws PROVIDER_UNAVAILABLE while there is no connection. */
  subscribe<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: CallOptions = {},
  ): Items<T> {
    const { calls } = this.#attachedSession()
    return calls.subscribe(operationId, input, options, ({ data }) => data as T)
  }

  /**
   * Offers another set of operations, without a reconnect. Rejects with VALIDATION_ERROR, or PROVIDER_UNAVAILABLE while there is no connection; then
   * nothing has changed.
   */
  async offer(operations: readonly SpokeOperation[]): Promise<Attached> {
    checkHello(this.#options, operations)
    return this.#oneAtATime(async () => {
      const session = this.#attachedSession()
      const before = this.#operations
      this.#operations = operations
      try {
        this.#incoming.offer(operations)
        return await this.#register(session)
      } catch (error) {
        this.#operations = before
        this.#incoming.offer(before)
        throw error
      }
    })
  }

  /** Takes no new calls, lets those in flight end (`timeoutMs`, 30 s), aborts the rest, closes. The same stop however often it is called. */
  stop(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#goodbye(options.timeoutMs ?? drainMs)
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #attachedSession(): Session {
    if (!this.#current?.open)
      throw new CodedError('PROVIDER_UNAVAILABLE', 'There is no connection to the hub now.')
    return this.#current
  }

  async #goodbye(timeoutMs: number): Promise<void> {
    const session = this.#current
    if (session?.open && !this.#stop.signal.aborted) {
      const budget = new AbortController()
      const late = sleep(timeoutMs, budget.signal).catch(() => undefined)
      const drained = session.calls
        .call('hub.unregister', {}, { timeoutMs: registerTimeoutMs })
        .catch(() => undefined)
        .then(() => this.#incoming.idle())
      await Promise.race([drained, late])
      budget.abort()
    }
    const reason = 'The spoke was stopped.'
    this.#stop.abort(new CodedError('ABORTED', reason))
    this.#incoming.abortAll(reason)
    for (const open of this.#sessions) open.close(CLOSE_CODES.DONE, 'done')
    await this.#ended.promise.catch(() => undefined)
  }

  get #leaving(): boolean {
    return this.#stopping !== undefined || this.#stop.signal.aborted
  }

  /** Attach, live until the socket ends or the hub drains, attach again. */
  async #live(): Promise<void> {
    while (!this.#leaving) {
      try {
        const link = await this.#attach()
        await this.#stay(link)
      } catch (error) {
        if (this.#leaving) break
        const failure = CodedError.from(error)
        if (finalFailure(failure)) return this.#giveUp(failure)
        await this.#pause(failure)
      }
    }
    // A stop that is under way still lets calls end, also on sockets that are being left.
    const { signal } = this.#stop
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    await Promise.all([...this.#sessions].map((session) => this.#endOf(session)))
    this.#first.reject(new CodedError('ABORTED', 'The spoke was stopped.'))
    this.#ended.resolve(undefined)
  }

  /** Resolves when it is time to attach elsewhere; throws what ended the connection. */
  async #stay(link: Link): Promise<void> {
    const end = link.ended.then((end) => {
      if (performance.now() - link.attachedAt > lastingMs) this.#attempt = 0
      throw failureOf(end)
    })
    end.catch(() => undefined)
    const afterMs = await Promise.race([end, link.draining])
    // Spread, because all spokes of that hub were told the same.
    const waited = new AbortController()
    const wait = sleep(afterMs * (1 + Math.random() / 2), waited.signal).catch(() => undefined)
    try {
      await Promise.race([end, wait])
    } finally {
      waited.abort()
    }
    this.#attempt = 0
    // The old socket answers what it was given while the loop attaches elsewhere.
    void this.#finish(link.session)
  }

  async #pause(failure: CodedError): Promise<void> {
    const delayMs = delayAfter(this.#attempt, failure)
    this.#attempt += 1
    try {
      this.#options.onReconnecting?.(failure.message, delayMs)
    } catch (error) {
      this.#log('error', 'onReconnecting threw', error)
    }
    await sleep(delayMs, this.#stop.signal).catch(() => undefined)
  }

  #giveUp(failure: CodedError): void {
    this.#stop.abort(failure)
    this.#incoming.abortAll(failure.message)
    for (const session of [...this.#sessions]) session.terminate()
    this.#first.reject(failure)
    this.#ended.reject(failure)
  }

  /** Opens a socket and registers on it. */
  async #attach(): Promise<Link> {
    const ended = Promise.withResolvers<SocketEnd>()
    const draining = Promise.withResolvers<number>()
    const { signal } = this.#stop
    const session = await Session.open(
      this.#openSocket,
      { ...this.#target, signal },
      {
        onCall: (message, from) => this.#take(message, from),
        onDraining: draining.resolve,
        onConfirmed: (from) => this.#incoming.confirmed(from),
        onEnd: (end, from) => {
          this.#sessions.delete(from)
          this.#strayFrames += from.strayFrames
          this.#incoming.socketLost(from, this.#current !== from && this.isAttached)
          ended.resolve(end)
        },
      },
    )
    this.#sessions.add(session)
    try {
      const attached = await this.#oneAtATime(() => this.#register(session))
      this.#options.onAttached?.(attached)
      this.#first.resolve(attached)
    } catch (error) {
      session.close(CLOSE_CODES.DONE, 'not registered')
      throw error
    }
    return {
      session,
      ended: ended.promise,
      draining: draining.promise,
      attachedAt: performance.now(),
    }
  }

  #take(message: CallMessage, session: Session): boolean {
    const checked = checkCallFrame(message)
    if (checked.kind === 'frame') return this.#incoming.receive(checked.frame, session)
    session.badFrame()
    return true
  }

  /** Lets a socket that the hub drains answer what it was given, 30 s at most, and closes it once another has taken its place. */
  async #finish(session: Session): Promise<void> {
    const deadline = performance.now() + drainMs
    const busy = (): boolean =>
      this.#current === session || session.calls.size > 0 || this.#incoming.runningOf(session) > 0
    while (session.open && busy() && performance.now() < deadline) await sleep(20)
    session.close(CLOSE_CODES.DRAINED, 'attached elsewhere')
  }

  async #endOf(session: Session): Promise<void> {
    session.close(CLOSE_CODES.DONE, 'done')
    while (session.open) await sleep(5)
  }

  /** Registrations one after the other, so that the last one made is the last one that the hub sees. */
  #oneAtATime<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#registering.then(run)
    this.#registering = result.catch(() => undefined)
    return result
  }

  async #register(session: Session): Promise<Attached> {
    const again = this.#registered !== undefined && this.#registered !== session
    // From here on the hub may give calls to it, even if its answer is lost.
    this.#registered = session
    const hello = helloOf(this.#options, this.#operations, {
      ...(this.#token !== undefined && { sessionToken: this.#token }),
      ...(again && { resume: this.#incoming.resume() }),
    })
    const { data } = await session.calls.call('hub.register', hello, {
      timeoutMs: registerTimeoutMs,
      signal: this.#stop.signal,
    })
    const welcome = data as SpokeWelcome
    if (welcome.sessionToken !== '') this.#token = welcome.sessionToken
    session.setHeartbeat(welcome.heartbeatMs)
    session.maxPayloadBytes = welcome.maxPayloadBytes
    this.#current = session
    if (again) this.#incoming.resumed(welcome.resumed ?? [], session)
    for (const { name, status, reason } of welcome.operations)
      if (status === 'quarantined')
        this.#log('warn', `${name} is quarantined: ${reason ?? 'no reason given'}`)
      else if (reason !== undefined) this.#log('warn', `${name}: ${reason}`)
    return { spokeId: welcome.spokeId, operations: welcome.operations }
  }
}

/** A log that throws must end neither a call nor the process. */
function safely(log: SpokeLog): SpokeLog {
  return (level, message, error) => {
    try {
      log(level, message, error)
    } catch (failure) {
      console.error('onLog threw', failure)
    }
  }
}

function logErrors(level: string, message: string, error?: unknown): void {
  if (level === 'error') console.error(message, error)
}

/** Why a socket is not there any longer, as an error whose code tells whether another try makes sense. */
function failureOf({ code, reason }: SocketEnd): CodedError {
  if (code === CLOSE_CODES.KEY_NO_LONGER_VALID)
    return new CodedError('UNAUTHENTICATED', 'The key is no longer valid.')
  if (code === CLOSE_CODES.REPLACED) return replacedBy(reason)
  const why = reason === '' ? String(code) : `${code}, ${reason}`
  return new CodedError('PROVIDER_UNAVAILABLE', `The connection to the hub ended (${why}).`)
}

/** `details.reason` is `disconnected`, `taken-over`, or absent where the hub does not say which. */
function replacedBy(reason: string): CodedError {
  if (reason === REPLACED_REASONS.DISCONNECTED)
    return new CodedError('CONFLICT', 'An operator disconnected this spoke.', {
      details: { reason: 'disconnected' },
    })
  if (reason === REPLACED_REASONS.TAKEN_OVER)
    return new CodedError('CONFLICT', 'Another process attached under the same name.', {
      details: { reason: 'taken-over' },
    })
  const message = 'Another process attached under the same name, or an operator disconnected it.'
  return new CodedError('CONFLICT', message)
}

/** Attaches to a hub and stays attached. Throws VALIDATION_ERROR for options that no hub takes. The first attach is awaited with `attached()`. */
export function attachSpoke(options: SpokeOptions): Spoke {
  return new Spoke(options)
}
