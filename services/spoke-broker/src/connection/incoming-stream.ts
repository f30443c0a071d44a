import type { BusSubscription } from '@alkdev/bus'
import type { IdentityWatcher } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import { SendWindow } from '@alkdev/operations/stream'
import type { CreditPayload } from '@alkdev/operations/stream'
import type { Connection } from './connection.ts'

export interface IncomingStreamOptions {
  readonly connection: Pick<Connection, 'identity' | 'send'>
  readonly live: Pick<IdentityWatcher, 'hold'>
  readonly requestId: string
  /** Milliseconds without credit after which the stream ends. */
  readonly idleTimeoutMs: number
  /** Aborted when the call ends. */
  readonly signal: AbortSignal
}

/** Sends the items of one subscription to the peer as its credit allows. */
export class IncomingStream {
  readonly #options: IncomingStreamOptions
  readonly #window = new SendWindow()

  constructor(options: IncomingStreamOptions) {
    this.#options = options
    const { signal } = options
    const abort = (): void => this.#window.close(() => CallError.from(signal.reason))
    signal.addEventListener('abort', abort, { once: true })
  }

  onCredit(credit: CreditPayload): void {
    this.#window.onCredit(credit)
  }

  /** Sends every item and the end. Rejects with the error of the stream, the reason of the signal, or TIMEOUT when the reader gives no credit. */
  async send(items: Pick<BusSubscription, typeof Symbol.asyncIterator>): Promise<void> {
    const { connection, live, requestId, signal } = this.#options
    for await (const { envelope: output } of items) {
      await this.#room()
      const held = live.hold(connection.identity, signal)
      if (held !== undefined) await held
      const payload = { requestId, output, seq: this.#window.take(), timestamp: Date.now() }
      connection.send('call.responded', requestId, payload)
    }
    const payload = { requestId, count: this.#window.sent, timestamp: Date.now() }
    connection.send('call.completed', requestId, payload)
  }

  async #room(): Promise<void> {
    const { idleTimeoutMs, signal } = this.#options
    signal.throwIfAborted()
    const room = this.#window.room()
    if (room === undefined) return
    const timer = setTimeout(() => {
      const message = `The reader granted no credit for ${idleTimeoutMs} ms.`
      this.#window.close(() => new CallError('TIMEOUT', message))
    }, idleTimeoutMs)
    try {
      await room
    } finally {
      clearTimeout(timer)
    }
  }
}
