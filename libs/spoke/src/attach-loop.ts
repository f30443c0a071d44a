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

/** Milliseconds in which a socket that the hub drains may still answer its calls. */
const FINISH_MS = 30_000
/** How often to look whether it has been closed. */
const FINISH_CHECK_MS = 100
/** A connection that lasted this many milliseconds was stable: after it the delays start from the shortest again. */
const LASTING_MS = 5000

interface LoopParts {
  readonly options: SpokeOptions
  readonly target: ConnectionTarget
  readonly openSocket: OpenSocket
  readonly incoming: IncomingCalls
  readonly registrar: Registrar
  readonly log: SpokeLog
  /** Aborted when the spoke stops, and by the loop when the hub refuses it permanently. */
  readonly stop: AbortController
}

/** An attached connection and its end. */
interface Link {
  readonly connection: Connection
  readonly ended: Promise<SocketEnd>
  /** Resolves when the hub asks to attach to another instance, with the milliseconds to wait before that. */
  readonly draining: Promise<number>
  readonly attachedAt: number
}

/** Keeps a spoke attached: opens a socket and registers on it, again after each loss, until the spoke is stopped or permanently refused. */
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
    // A caller may ignore both; an unhandled rejection is not an error then.
    this.#first.promise.catch(() => undefined)
    this.#ended.promise.catch(() => undefined)
    void this.#run()
  }

  /** Settles with the first attach, or with the reason why there will be none. */
  get first(): Promise<Attached> {
    return this.#first.promise
  }

  /** Settles when the loop has ended: resolves after a stop, rejects when the hub refuses the spoke permanently. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get strayFrames(): number {
    let count = this.#strayFrames
    for (const connection of this.#connections) count += connection.strayFrames
    return count
  }

  /** Stops attaching. Open connections stay open until the signal is aborted. */
  leave(): void {
    this.#leaving = true
  }

  /** Closes every socket with code 1000. */
  close(): void {
    for (const open of this.#connections) open.close(CLOSE_CODES.DONE, 'done')
  }

  get #isLeaving(): boolean {
    return this.#leaving || this.#parts.stop.signal.aborted
  }

  /** Attaches, waits until the socket ends or the hub drains, and attaches again. */
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
    // During a stop calls may still end, also on sockets that the hub drains.
    const { signal } = this.#parts.stop
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    await Promise.all([...this.#connections].map((connection) => this.#endOf(connection)))
    this.#first.reject(new CodedError('ABORTED', 'The spoke was stopped.'))
    this.#ended.resolve(undefined)
  }

  /** Resolves when the spoke must attach to another instance; throws the error that ended the connection. */
  async #stay(link: Link): Promise<void> {
    const end = link.ended.then((end) => {
      if (performance.now() - link.attachedAt > LASTING_MS) this.#attempt = 0
      throw failureOf(end)
    })
    end.catch(() => undefined)
    const afterMs = await Promise.race([end, link.draining])
    // Spread over time, because all spokes of that instance received the same request.
    const ms = afterMs * (1 + Math.random() / 2)
    await withTimeout(end, { ms, what: 'The connection', onTimeout: () => undefined })
    this.#attempt = 0
    // The old socket answers its calls while the loop attaches to another instance.
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

  /**
   * Lets a socket that the hub drains answer its calls until the hub closes it, 30 s at most. Only the hub knows when no more calls are on
   * their way: its former instance learns later than this spoke that it has attached to another one.
   */
  async #finish(connection: Connection): Promise<void> {
    const deadline = performance.now() + FINISH_MS
    while (connection.open && performance.now() < deadline) await sleep(FINISH_CHECK_MS)
    connection.close(CLOSE_CODES.DRAINED, 'attached elsewhere')
  }

  async #endOf(connection: Connection): Promise<void> {
    connection.close(CLOSE_CODES.DONE, 'done')
    while (connection.open) await sleep(5)
  }
}
