import { MessageChannel, Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import { CodedError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import type { FrameSocket, OpenSocket, SocketEvents } from '../wire/frame-socket.ts'
import type { FromThread, ThreadLimits, ToThread } from './messages.ts'

const standard: ThreadLimits = {
  mostUnreadBytes: 16 * 1024 * 1024,
  reportBlockedMs: 5000,
  maxBlockedMs: DEFAULT_LIMITS.maxCallTimeoutMs,
  checkMs: 1000,
}
/** Bytes of read frames after which the thread is notified; a message for each frame would double the traffic. */
const readLot = 256 * 1024

/** The thread cannot be started, for instance because a bundler left its file out. */
export class SocketThreadError extends Error {
  override readonly name = 'SocketThreadError'
}

/** Milliseconds that a thread without a socket is kept, so that a reconnect need not start one. */
const keptMs = 15_000

/** One thread for all sockets of the process: started with the first, stopped some time after the last. */
class SocketThread {
  readonly #worker: Worker
  readonly #ports = new Set<(error: unknown) => void>()
  /** True when no more sockets are opened in it. */
  stopped = false
  #stopTimer: NodeJS.Timeout | undefined

  constructor() {
    // The extension of this file: `.ts` in the sources, `.js` where the package is installed.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const file = new URL(`./socket-worker.${ending}`, import.meta.url)
    this.#worker = new Worker(file, { name: 'alkdev-spoke-sockets', execArgv: [] })
    this.#worker.on('error', (error) => this.#broke(error))
    this.#worker.on('exit', () => this.#broke(new Error('the thread ended')))
  }

  /** A channel to a new socket. `onBroken` is called when the thread ends before `leave`. */
  join(
    url: string,
    key: string,
    limits: ThreadLimits,
    onBroken: (error: unknown) => void,
  ): MessagePort {
    const { port1, port2 } = new MessageChannel()
    clearTimeout(this.#stopTimer)
    this.#worker.ref()
    this.#ports.add(onBroken)
    this.#worker.postMessage({ url, key, limits, port: port2 }, [port2])
    return port1
  }

  leave(onBroken: (error: unknown) => void): void {
    this.#ports.delete(onBroken)
    if (this.#ports.size > 0) return
    // The thread does not keep the process running.
    this.#worker.unref()
    this.#stopTimer = setTimeout(() => {
      this.stopped = true
      void this.#worker.terminate()
    }, keptMs).unref()
  }

  #broke(error: unknown): void {
    this.stopped = true
    for (const tell of [...this.#ports]) tell(error)
  }
}

let shared: SocketThread | undefined

/** Opens sockets that run, with their heartbeat, in a separate thread. `limits` for tests. */
export function openInThread(limits: Partial<ThreadLimits> = {}): OpenSocket {
  return async ({ url, key, signal, events }) => {
    signal.throwIfAborted()
    if (!shared || shared.stopped) shared = new SocketThread()
    const socket = new ThreadSocket(shared, { ...standard, ...limits }, events)
    const onAbort = (): void => socket.terminate()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await socket.open(url, key)
      return socket
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }
}

/** The main thread's side of one socket. */
class ThreadSocket implements FrameSocket {
  readonly #thread: SocketThread
  readonly #limits: ThreadLimits
  readonly #events: SocketEvents
  readonly #opened = Promise.withResolvers<undefined>()
  #port: MessagePort | undefined
  #state: 'opening' | 'open' | 'closing' | 'ended' = 'opening'
  #buffered = 0
  #read = 0

  constructor(thread: SocketThread, limits: ThreadLimits, events: SocketEvents) {
    this.#thread = thread
    this.#limits = limits
    this.#events = events
  }

  open(url: string, key: string): Promise<undefined> {
    const port = this.#thread.join(url, key, this.#limits, this.#broken)
    this.#port = port
    port.on('message', (message: FromThread) => this.#receive(message))
    return this.#opened.promise
  }

  get bufferedBytes(): number {
    return this.#buffered
  }

  send(text: string): boolean {
    if (this.#state !== 'open') return false
    this.#buffered += Buffer.byteLength(text)
    this.#post(text)
    return true
  }

  confirm(): void {
    this.#post({ do: 'confirm' })
  }

  close(code: number, reason: string): void {
    if (this.#state === 'open') this.#state = 'closing'
    this.#post({ do: 'close', code, reason })
  }

  terminate(): void {
    this.#post({ do: 'terminate' })
    this.#end(1006, 'given up')
  }

  #post(message: ToThread): void {
    this.#port?.postMessage(message)
  }

  #receive(message: FromThread): void {
    if (this.#state === 'ended') return
    if (typeof message === 'string') {
      this.#read += message.length
      if (this.#read >= readLot) this.#tellRead()
      return this.#events.onText(message)
    }
    switch (message.is) {
      case 'open':
        this.#state = 'open'
        return this.#opened.resolve(undefined)
      case 'failed': {
        const { code, message: text, retryAfterMs } = message
        const more = compact({ retryAfterMs })
        this.#opened.reject(new CodedError(code, text, more))
        return this.#end(1006, text)
      }
      case 'alive':
        return this.#events.onAlive()
      case 'confirmed':
        return this.#events.onConfirmed()
      case 'written':
        this.#buffered = Math.max(0, this.#buffered - message.bytes)
        return
      case 'there?':
        return this.#tellRead()
      case 'end':
        return this.#end(message.code, message.reason)
    }
  }

  #tellRead(): void {
    this.#post({ do: 'read', bytes: this.#read })
    this.#read = 0
  }

  readonly #broken = (cause: unknown): void => {
    const message = 'The thread of the sockets cannot run.'
    this.#opened.reject(new SocketThreadError(message, { cause }))
    this.#end(1006, 'the thread of the sockets ended')
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#opened.reject(new CodedError('PROVIDER_UNAVAILABLE', 'The hub closed the connection.'))
    // Messages posted before are still delivered; the thread cuts the socket when its end of the channel closes.
    this.#port?.close()
    this.#thread.leave(this.#broken)
    this.#events.onEnd({ code, reason })
  }
}
