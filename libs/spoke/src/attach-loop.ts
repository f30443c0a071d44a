import { CLOSE_CODES } from '@alkdev/contracts/wire'
import { CodedError } from '@alkdev/errors'
import { checkCallFrame } from '@alkdev/operations'
import { sleep, withTimeout } from '@alkdev/std'
import { notify } from './callbacks.ts'
import { failureOf } from './connection-failure.ts'
import type { IncomingCalls, SpokeLog } from './incoming/incoming-calls.ts'
import type { Attached, SpokeOptions } from './options.ts'
import { delayAfter, finalFailure } from './reconnect.ts'
import type { Registrar } from './registrar.ts'
import type { ConnectionTarget } from './wire/connection-target.ts'
import type { OpenSocket, SocketEnd } from './wire/frame-socket.ts'
import { Connection } from './wire/connection.ts'
import type { CallMessage } from './wire/connection.ts'

/** What a socket that the hub drains has to answer what it was given. */
const FINISH_MS = 30_000
/** A connection that lasted so long was a good one: after it the first retry comes soon again. */
const LASTING_MS = 5000

interface LoopParts {
  readonly options: SpokeOptions
  readonly target: ConnectionTarget
  readonly openSocket: OpenSocket
  readonly incoming: IncomingCalls
  readonly registrar: Registrar
  readonly log: SpokeLog
  /** Aborted when the spoke stops, and by the loop when the hub refuses it for good. */
  readonly stop: AbortController
}

/** A connection that is attached, and how it ends. */
interface Link {
  readonly connection: Connection
  readonly ended: Promise<SocketEnd>
  /** Resolves with what the hub asks to wait, when it asks to attach elsewhere. */
  readonly draining: Promise<number>
  readonly attachedAt: number
}

/** Keeps a spoke attached: opens a socket, registers on it, and does so again after each loss, until it is stopped or refused for good. */
export class AttachLoop {
  readonly #parts: LoopParts
  readonly #connections = new Set<Connection>()
  readonly #first = Promise.withResolvers<Attached>()
  readonly #ended = Promise.withResolvers<undefined>()
  #leaving = false
  #attempt = 0
  #strayFrames = 0

  constructor(parts: LoopParts) {
    this.#parts = parts
    // A caller may ignore both; their rejection is not an error then.
    this.#first.promise.catch(() => undefined)
    this.#ended.promise.catch(() => undefined)
    void this.#run()
  }

  /** Settles with the first attach, or with why there will be none. */
  get first(): Promise<Attached> {
    return this.#first.promise
  }

  /** Settles when the loop is over: resolved after a stop, rejected when the hub refuses the spoke for good. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get strayFrames(): number {
    let count = this.#strayFrames
    for (const connection of this.#connections) count += connection.strayFrames
    return count
  }

  /** Attaches no more. The connections that are there stay until the signal is aborted. */
  leave(): void {
    this.#leaving = true
  }

  /** Closes every socket with the normal code. */
  close(): void {
    for (const open of this.#connections) open.close(CLOSE_CODES.DONE, 'done')
  }

  get #isLeaving(): boolean {
    return this.#leaving || this.#parts.stop.signal.aborted
  }

  /** Attach, live until the socket ends or the hub drains, attach again. */
  async #run(): Promise<void> {
    while (!this.#isLeaving) {
      try {
        const link = await this.#attach()
        await this.#stay(link)
      } catch (error) {
        if (this.#isLeaving) break
        const failure = CodedError.from(error)
        if (finalFailure(failure)) return this.#giveUp(failure)
        await this.#pause(failure)
      }
    }
    // A stop that is under way still lets calls end, also on sockets that are being left.
    const { signal } = this.#parts.stop
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    await Promise.all([...this.#connections].map((connection) => this.#endOf(connection)))
    this.#first.reject(new CodedError('ABORTED', 'The spoke was stopped.'))
    this.#ended.resolve(undefined)
  }

  /** Resolves when it is time to attach elsewhere; throws what ended the connection. */
  async #stay(link: Link): Promise<void> {
    const end = link.ended.then((end) => {
      if (performance.now() - link.attachedAt > LASTING_MS) this.#attempt = 0
      throw failureOf(end)
    })
    end.catch(() => undefined)
    const afterMs = await Promise.race([end, link.draining])
    // Spread, because all spokes of that hub received the same request.
    const ms = afterMs * (1 + Math.random() / 2)
    await withTimeout(end, { ms, what: 'The connection', onTimeout: () => undefined })
    this.#attempt = 0
    // The old socket answers what it was given while the loop attaches elsewhere.
    void this.#finish(link.connection)
  }

  async #pause(failure: CodedError): Promise<void> {
    const { options, log, stop } = this.#parts
    const delayMs = delayAfter(this.#attempt, failure)
    this.#attempt += 1
    notify('onReconnecting', () => options.onReconnecting?.(failure.message, delayMs), log)
    await sleep(delayMs, stop.signal).catch(() => undefined)
  }

  #giveUp(failure: CodedError): void {
    this.#parts.stop.abort(failure)
    this.#parts.incoming.abortAll(failure.message)
    for (const connection of [...this.#connections]) connection.terminate()
    this.#first.reject(failure)
    this.#ended.reject(failure)
  }

  /** Opens a socket and registers on it. */
  async #attach(): Promise<Link> {
    const { options, target, openSocket, incoming, registrar, log, stop } = this.#parts
    const ended = Promise.withResolvers<SocketEnd>()
    const draining = Promise.withResolvers<number>()
    const { signal } = stop
    const connection = await Connection.open(
      openSocket,
      { ...target, signal },
      {
        onCall: (message, from) => this.#take(message, from),
        onDraining: draining.resolve,
        onConfirmed: (from) => incoming.confirmed(from),
        onEnd: (end, from) => {
          this.#connections.delete(from)
          this.#strayFrames += from.strayFrames
          const { current } = registrar
          incoming.socketLost(from, current !== from && current?.open === true)
          ended.resolve(end)
        },
      },
    )
    this.#connections.add(connection)
    try {
      const attached = await registrar.register(connection)
      notify('onAttached', () => options.onAttached?.(attached), log)
      this.#first.resolve(attached)
    } catch (error) {
      connection.close(CLOSE_CODES.DONE, 'not registered')
      throw error
    }
    return {
      connection,
      ended: ended.promise,
      draining: draining.promise,
      attachedAt: performance.now(),
    }
  }

  #take(message: CallMessage, connection: Connection): boolean {
    const checked = checkCallFrame(message)
    if (checked.kind === 'frame') return this.#parts.incoming.receive(checked.frame, connection)
    connection.badFrame()
    return true
  }

  /** Lets a socket that the hub drains answer what it was given, 30 s at most, and closes it once another has taken its place. */
  async #finish(connection: Connection): Promise<void> {
    const { incoming, registrar } = this.#parts
    const deadline = performance.now() + FINISH_MS
    const busy = (): boolean =>
      registrar.current === connection ||
      connection.calls.size > 0 ||
      incoming.runningOf(connection) > 0
    while (connection.open && busy() && performance.now() < deadline) await sleep(20)
    connection.close(CLOSE_CODES.DRAINED, 'attached elsewhere')
  }

  async #endOf(connection: Connection): Promise<void> {
    connection.close(CLOSE_CODES.DONE, 'done')
    while (connection.open) await sleep(5)
  }
}
