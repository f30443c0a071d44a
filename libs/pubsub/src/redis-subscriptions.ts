import { CodedError } from '@alkdev/errors'
import { Confirmations } from './confirmations.ts'
import { targetClosed } from './faults.ts'
import type { FaultHandler } from './types.ts'

/** What is used of an ioredis `Redis` or `Cluster` for subscribing. */
export interface RedisSubscribeClient {
  readonly status: string
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  // oxlint-disable-next-line typescript/no-explicit-any -- listeners of different events take different arguments
  on(event: string, listener: (...args: any[]) => void): unknown
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  off(event: string, listener: (...args: any[]) => void): unknown
}

export type RedisTargetState = 'subscribed' | 'disconnected'

export interface RedisSubscriptionsOptions {
  readonly client: RedisSubscribeClient
  readonly event: 'message' | 'messageBuffer'
  readonly prefix: string
  readonly onMessage: (topic: string, message: string | Buffer) => void
  readonly onError: FaultHandler
  /** The client has given up: it will not reconnect. */
  readonly onEnd: () => void
  readonly onStateChange: (state: RedisTargetState) => void
}

/**
 * The channels that should be subscribed, and which of them Redis has confirmed on the present connection. A lost
 * connection makes all of them unconfirmed; each `ready` subscribes them again, whether or not the client does so too:
 * a second SUBSCRIBE of the same connection changes nothing in Redis but gives the answer that is needed here.
 */
export class RedisSubscriptions {
  readonly #options: RedisSubscriptionsOptions
  readonly #confirmations = new Confirmations()
  /** Topics with a SUBSCRIBE under way, and the one that counts: those before it belong to listeners that have left. */
  readonly #asking = new Map<string, symbol>()
  /** Topics whose UNSUBSCRIBE failed; the client may restore them when it reconnects. */
  readonly #stale = new Set<string>()
  #announced: RedisTargetState | undefined

  constructor(options: RedisSubscriptionsOptions) {
    this.#options = options
    const { client, event } = options
    if (client.status === 'end') {
      throw new CodedError('UNAVAILABLE', 'the subscribing connection has ended')
    }
    client.on(event, this.#onMessage)
    client.on('ready', this.#onReady)
    client.on('close', this.#onClose)
    client.on('end', this.#onEnd)
  }

  open(topic: string): void {
    this.#confirmations.open(topic)
    this.#subscribe(topic)
  }

  drop(topic: string): void {
    if (!this.#confirmations.has(topic)) return
    this.#confirmations.drop(topic)
    this.#asking.delete(topic)
    void this.#unsubscribe(topic)
  }

  /** Resolves when Redis has confirmed the topic on the present connection. Asks again when the last attempt failed. */
  confirmed(topic: string): Promise<void> {
    const open = this.#confirmations.has(topic) && !this.#confirmations.isConfirmed(topic)
    if (open && !this.#asking.has(topic)) this.#subscribe(topic)
    return this.#confirmations.wait(topic)
  }

  /** Resolves when Redis has answered the last UNSUBSCRIBE; at once when it can't be reached. */
  async close(): Promise<void> {
    const { client, event } = this.#options
    client.off(event, this.#onMessage)
    client.off('ready', this.#onReady)
    client.off('close', this.#onClose)
    client.off('end', this.#onEnd)
    const topics = [...this.#confirmations.topics()]
    this.#confirmations.close(targetClosed())
    this.#asking.clear()
    const answers = Promise.all(topics.map((topic) => this.#unsubscribe(topic)))
    if (client.status === 'ready') await answers
  }

  #subscribe(topic: string): void {
    const attempt = Symbol(topic)
    this.#asking.set(topic, attempt)
    this.#options.client.subscribe(this.#options.prefix + topic).then(
      () => {
        if (this.#asking.get(topic) !== attempt) return undefined
        this.#asking.delete(topic)
        this.#stale.delete(topic)
        this.#confirmations.confirm(topic)
        if (this.#confirmations.allConfirmed) this.#announce('subscribed')
        return undefined
      },
      (thrown: unknown) => {
        if (this.#asking.get(topic) !== attempt) return
        this.#asking.delete(topic)
        this.#failed(topic, thrown)
      },
    )
  }

  /** When Redis refused, the waiting callers get the error. When the connection failed, they wait for the next `ready`. */
  #failed(topic: string, thrown: unknown): void {
    const refused = thrown instanceof Error && thrown.name === 'ReplyError'
    const error = redisFailure('the channel could not be subscribed', thrown)
    this.#options.onError(error, { kind: 'subscribe', topic })
    if (refused) this.#confirmations.refuse(topic, error)
  }

  async #unsubscribe(topic: string): Promise<void> {
    try {
      await this.#options.client.unsubscribe(this.#options.prefix + topic)
    } catch {
      if (!this.#confirmations.has(topic)) this.#stale.add(topic)
    }
  }

  #announce(state: RedisTargetState): void {
    if (this.#announced === state) return
    this.#announced = state
    this.#options.onStateChange(state)
  }

  readonly #onMessage = (name: string | Buffer, message: string | Buffer): void => {
    const channel = typeof name === 'string' ? name : name.toString()
    if (channel.startsWith(this.#options.prefix)) {
      this.#options.onMessage(channel.slice(this.#options.prefix.length), message)
    }
  }

  readonly #onReady = (): void => {
    for (const topic of this.#stale) {
      this.#stale.delete(topic)
      if (!this.#confirmations.has(topic)) void this.#unsubscribe(topic)
    }
    for (const topic of this.#confirmations.topics()) this.#subscribe(topic)
  }

  readonly #onClose = (): void => {
    this.#confirmations.reset()
    this.#announce('disconnected')
  }

  readonly #onEnd = (): void => {
    this.#options.onEnd()
  }
}

/** NOPERM is final; everything else may work later. */
export function redisFailure(message: string, thrown: unknown): CodedError {
  const reply = thrown instanceof Error && thrown.name === 'ReplyError' ? thrown.message : ''
  return reply.startsWith('NOPERM')
    ? new CodedError('ACCESS_DENIED', 'Redis refuses this user the channel', { cause: thrown })
    : new CodedError('UNAVAILABLE', message, { cause: thrown })
}
