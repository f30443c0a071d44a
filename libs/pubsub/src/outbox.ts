import { CodedError } from '@alkdev/errors'
import { utf8Length } from './bytes.ts'
import { Queue } from './queue.ts'

export interface OutboxLimits {
  /** Messages held. Default 1024. */
  readonly maxMessages?: number
  /** Bytes held. Default 8 MiB. A message beyond the limits is refused; one that is larger by itself as well. */
  readonly maxBytes?: number
  /** What gives way when it is full: `refuse` the new message (OVERLOADED), or `drop-oldest` of those held. Default `refuse`. */
  readonly overflow?: 'refuse' | 'drop-oldest'
  /** Milliseconds that a message waits at most (TIMEOUT). Default 10 000. */
  readonly timeoutMs?: number
}

/** `full`: buffers are full, try again soon. `closed`: not connected, `flush` will be called. */
export type WriteResult = 'written' | 'full' | 'closed'

interface Held {
  readonly text: string
  readonly bytes: number
  readonly expiresAtMs: number
  readonly resolve: () => void
  readonly reject: (error: CodedError) => void
}

const retryMs = 10

/** Messages that could not be written yet, in their order. WebSockets do not say when they drain, so a full one is tried every 10 ms. */
export class Outbox {
  readonly #limits: Required<OutboxLimits>
  readonly #write: (text: string) => WriteResult
  readonly #held = new Queue<Held>()
  #bytes = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(limits: OutboxLimits, write: (text: string) => WriteResult) {
    this.#limits = {
      maxMessages: limits.maxMessages ?? 1024,
      maxBytes: limits.maxBytes ?? 8 * 1024 * 1024,
      overflow: limits.overflow ?? 'refuse',
      timeoutMs: limits.timeoutMs ?? 10_000,
    }
    this.#write = write
  }

  get length(): number {
    return this.#held.length
  }

  /** Resolves when the message is written. Throws OVERLOADED at once when it is refused; rejects with TIMEOUT, OVERLOADED (dropped) or the error of `close`. */
  put(text: string): Promise<void> {
    const result = this.#held.length > 0 ? 'full' : this.#write(text)
    if (result === 'written') return Promise.resolve()
    const bytes = utf8Length(text)
    this.#makeRoom(bytes)
    return new Promise((resolve, reject) => {
      const expiresAtMs = Date.now() + this.#limits.timeoutMs
      this.#held.push({ text, bytes, expiresAtMs, resolve, reject })
      this.#bytes += bytes
      this.#schedule(result)
    })
  }

  /** Writes what can be written. */
  flush(): void {
    const now = Date.now()
    let result: WriteResult = 'written'
    for (let held = this.#held.peek(); held; held = this.#held.peek()) {
      if (held.expiresAtMs <= now) {
        this.#drop(new CodedError('TIMEOUT', `a message waited ${this.#limits.timeoutMs} ms`))
        continue
      }
      result = this.#write(held.text)
      if (result !== 'written') break
      this.#take()
      held.resolve()
    }
    this.#schedule(result)
  }

  /** Rejects everything that is held. */
  close(error: CodedError): void {
    while (this.#held.length > 0) this.#drop(error)
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #makeRoom(bytes: number): void {
    const { maxMessages, maxBytes, overflow } = this.#limits
    const full = (): boolean => this.#held.length >= maxMessages || this.#bytes + bytes > maxBytes
    if (overflow === 'drop-oldest' && bytes <= maxBytes) {
      while (this.#held.length > 0 && full()) {
        this.#drop(new CodedError('OVERLOADED', 'dropped from a full outbox for a newer message'))
      }
    }
    if (full()) throw new CodedError('OVERLOADED', 'the outbox is full')
  }

  #drop(error: CodedError): void {
    this.#take()?.reject(error)
  }

  #take(): Held | undefined {
    const held = this.#held.shift()
    if (held) this.#bytes -= held.bytes
    return held
  }

  /** One timer: the next try when the socket was full, else the end of the oldest message's time. */
  #schedule(result: WriteResult): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const oldest = this.#held.peek()
    if (!oldest) return
    const expiryMs = Math.max(0, oldest.expiresAtMs - Date.now())
    this.#timer = setTimeout(
      () => this.flush(),
      result === 'full' ? Math.min(retryMs, expiryMs) : expiryMs,
    )
  }
}
