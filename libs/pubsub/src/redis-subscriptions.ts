import { CodedError } from '@alkdev/errors'
import { targetClosed } from './faults.ts'
import type { FaultHandler } from './types.ts'

type MessageEvent = 'message' | 'messageBuffer'

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

export interface RedisSubscriptionsOptions {
  readonly client: RedisSubscribeClient
  readonly event: MessageEvent
  readonly prefix: string
  readonly onMessage: (topic: string, message: string | Buffer) => void
  readonly onError: FaultHandler
  /** The client has given up: it will not reconnect. */
  readonly onEnd: () => void
  readonly onStateChange: (state: 'subscribed' | 'disconnected') => void
}

interface Channel {
  readonly topic: string
  confirmed: boolean
  /** A SUBSCRIBE is under way. */
  asking: boolean
  /** Resolves with the next confirmation; rejects when Redis refuses or the topic is dropped. */
  next: PromiseWithResolvers<void>
}

/**
 * The channels that should be subscribed, and which of them Redis has confirmed on the present connection. A lost
 * connection makes all of them unconfirmed; each `ready` subscribes them again, whether or not the client does so too:
 * a second SUBSCRIBE of the same connection changes nothing in Redis but the answer that is needed here.
 */
export class RedisSubscriptions {
  readonly #options: RedisSubscriptionsOptions
  readonly #channels = new Map<string, Channel>()
  /** Channels whose UNSUBSCRIBE failed; the client may restore them when it reconnects. */
  readonly #stale = new Set<string>()
  #announced: 'subscribed' | 'disconnected' | undefined

  constructor(options: RedisSubscriptionsOptions) {
    this.#options = options
    if (options.client.status === 'end')
      throw new CodedError('UNAVAILABLE', 'the subscribing connection has ended')
    options.client.on(options.event, this.#onMessage)
    options.client.on('ready', this.#onReady)
    options.client.on('close', this.#onClose)
    options.client.on('end', this.#onEnd)
  }

  open(topic: string): void {
    const channel: Channel = { topic, confirmed: false, asking: false, next: newConfirmation() }
    this.#channels.set(this.#options.prefix + topic, channel)
    this.#subscribe(channel)
  }

  drop(topic: string): void {
    const name = this.#options.prefix + topic
    const channel = this.#channels.get(name)
    if (!channel) return
    this.#channels.delete(name)
    channel.next.reject(new CodedError('CONFLICT', 'the topic has no listener any more'))
    void this.#unsubscribe(name)
  }

  /** undefined: confirmed already. Asks again when the last attempt failed. */
  confirmed(topic: string): Promise<void> | undefined {
    const channel = this.#channels.get(this.#options.prefix + topic)
    if (!channel) throw new CodedError('CONFLICT', 'the topic has no listener')
    if (channel.confirmed) return undefined
    if (!channel.asking) this.#subscribe(channel)
    return channel.next.promise
  }

  /** Resolves when Redis has answered the last UNSUBSCRIBE, or it failed. */
  async close(): Promise<void> {
    const { client, event } = this.#options
    client.off(event, this.#onMessage)
    client.off('ready', this.#onReady)
    client.off('close', this.#onClose)
    client.off('end', this.#onEnd)
    const names = [...this.#channels.keys()]
    for (const channel of this.#channels.values()) channel.next.reject(targetClosed())
    this.#channels.clear()
    const answers = Promise.all(names.map((name) => this.#unsubscribe(name)))
    if (client.status === 'ready') await answers
  }

  #subscribe(channel: Channel): void {
    const { client, prefix } = this.#options
    channel.asking = true
    client.subscribe(prefix + channel.topic).then(
      () => {
        channel.asking = false
        this.#stale.delete(prefix + channel.topic)
        if (!channel.confirmed) {
          channel.confirmed = true
          channel.next.resolve()
          this.#announce()
        }
        return undefined
      },
      (thrown: unknown) => {
        channel.asking = false
        this.#failed(channel, thrown)
      },
    )
  }

  /** Refused by Redis: those who wait are told. A connection that failed: they wait on, for the next `ready`. */
  #failed(channel: Channel, thrown: unknown): void {
    if (this.#channels.get(this.#options.prefix + channel.topic) !== channel) return
    const refused = thrown instanceof Error && thrown.name === 'ReplyError'
    const denied = refused && thrown.message.startsWith('NOPERM')
    const error = denied
      ? new CodedError('ACCESS_DENIED', 'Redis refuses this user the channel', { cause: thrown })
      : new CodedError('UNAVAILABLE', 'the channel could not be subscribed', { cause: thrown })
    this.#options.onError(error, { kind: 'subscribe', topic: channel.topic })
    if (!refused) return
    channel.next.reject(error)
    channel.next = newConfirmation()
  }

  async #unsubscribe(name: string): Promise<void> {
    try {
      await this.#options.client.unsubscribe(name)
    } catch {
      if (!this.#channels.has(name)) this.#stale.add(name)
    }
  }

  #announce(): void {
    if (this.#announced === 'subscribed') return
    for (const channel of this.#channels.values()) if (!channel.confirmed) return
    this.#announced = 'subscribed'
    this.#options.onStateChange('subscribed')
  }

  readonly #onMessage = (name: string | Buffer, message: string | Buffer): void => {
    const channel = this.#channels.get(typeof name === 'string' ? name : name.toString())
    if (channel) this.#options.onMessage(channel.topic, message)
  }

  readonly #onReady = (): void => {
    for (const name of this.#stale) {
      this.#stale.delete(name)
      if (!this.#channels.has(name)) void this.#unsubscribe(name)
    }
    for (const channel of this.#channels.values()) this.#subscribe(channel)
  }

  readonly #onClose = (): void => {
    for (const channel of this.#channels.values()) {
      if (!channel.confirmed) continue
      channel.confirmed = false
      channel.next = newConfirmation()
    }
    if (this.#announced === 'disconnected') return
    this.#announced = 'disconnected'
    this.#options.onStateChange('disconnected')
  }

  readonly #onEnd = (): void => {
    this.#options.onEnd()
  }
}

function newConfirmation(): PromiseWithResolvers<void> {
  const confirmation = Promise.withResolvers<void>()
  confirmation.promise.catch(() => {})
  return confirmation
}
