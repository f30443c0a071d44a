import { EventEmitter } from 'node:events'
import { deferred, withTimeout } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { nodeName, readTopology } from './cluster-topology.ts'
import type { ClusterTopology } from './cluster-topology.ts'
import { keySlot } from './key-slot.ts'
import type { RedisNode } from './redis-address.ts'
import { retryDelayMs } from './redis-purpose.ts'
import type { RedisSubscriber } from './redis-subscriber.ts'

export interface ShardedSubscriberOptions {
  /** Nodes that are asked for all others. */
  readonly nodes: readonly RedisNode[]
  /** For the connection to each node. */
  readonly server: RedisOptions
  /** Subscriptions wait for the connection. */
  readonly waits: boolean
  /** Milliseconds that a subscription waits. */
  readonly timeoutMs: number
}

/** The connections between one successful look at the cluster and the next failure. */
interface Session {
  readonly topology: ClusterTopology
  readonly connections: Map<string, Redis>
  /** Rejects at the failure. */
  readonly broken: Deferred<never>
}

/**
 * Subscribes to sharded channels of a Redis Cluster: one connection to each primary that has a channel. Any failure of any of them (a node is
 * gone, a slot has moved) ends all, as `close`; the cluster is then looked at again until it answers, and `ready` follows. So it has the states of a connection to
 * one server.
 *
 * It stands in for the sharded subscribers of ioredis 5.11, whose subscription never settles after MOVED, and which takes the SUNSUBSCRIBE
 * that a node sends with the move of a slot for the reply to another command.
 */
export class ShardedSubscriber extends EventEmitter implements RedisSubscriber {
  readonly #options: ShardedSubscriberOptions
  #status = 'wait'
  #known: readonly RedisNode[]
  #session: Session | undefined
  #ready: Deferred<void> = quietly(deferred())
  #attempts = 0
  /** Of the last look at the cluster; an earlier one that still waits is void. */
  #look = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: ShardedSubscriberOptions) {
    super()
    this.#options = options
    this.#known = options.nodes
  }

  get status(): string {
    return this.#status
  }

  /** Rejects when no node answers; further attempts follow until `disconnect`. */
  async connect(): Promise<void> {
    if (this.#status !== 'wait') throw new Error('The subscriber is connected already')
    await this.#open()
  }

  /** Resolves when Redis has confirmed all channels. */
  async subscribe(...channels: string[]): Promise<void> {
    const ms = this.#options.timeoutMs
    await withTimeout(this.#subscribeAll(channels), { ms, what: 'The subscription' })
  }

  async unsubscribe(...channels: string[]): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    const left = channels.map((channel) => {
      const primary = session.topology.primaryOf(keySlot(channel))
      return primary && session.connections.get(nodeName(primary))?.sunsubscribe(channel)
    })
    await Promise.race([
      Promise.all(left.filter((each) => each !== undefined)),
      session.broken.promise,
    ])
  }

  disconnect(reconnect = false): void {
    if (this.#status === 'end') return
    if (reconnect) return this.#fail(new Error('The subscriber is reconnecting'))
    this.#close(new Error('Connection is closed.'))
    this.#status = 'end'
    clearTimeout(this.#timer)
    this.#ready.reject(new Error('Connection is closed.'))
    this.emit('close')
    this.emit('end')
  }

  async #subscribeAll(channels: readonly string[]): Promise<void> {
    if (this.#options.waits) {
      if (this.#status === 'wait') void this.#open().catch(() => undefined)
      await this.#ready.promise
    }
    const session = this.#session
    if (session === undefined) throw new Error('Connection is closed.')
    await Promise.all(channels.map((channel) => this.#ask(session, channel)))
  }

  async #ask(session: Session, channel: string): Promise<void> {
    const primary = session.topology.primaryOf(keySlot(channel))
    if (primary === undefined) this.#fail(new Error('A slot of the Redis Cluster has no node'))
    const confirmed = primary && this.#connectionTo(session, primary).ssubscribe(channel)
    try {
      await Promise.race([confirmed, session.broken.promise])
    } catch (error) {
      if (!isPassing(error)) throw error
      if (this.#session === session) this.#fail(error)
      throw new Error('The Redis Cluster has no node for the channel now', { cause: error })
    }
    this.#attempts = 0
  }

  #connectionTo(session: Session, node: RedisNode): Redis {
    const name = nodeName(node)
    const known = session.connections.get(name)
    if (known !== undefined) return known
    const redis = new Redis({
      ...this.#options.server,
      ...node,
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: null,
      autoResubscribe: false,
    })
    session.connections.set(name, redis)
    const fail = (reason: Error): void => {
      if (this.#session === session) this.#fail(reason)
    }
    redis.on('smessage', (channel: string, text: string) => this.emit('message', channel, text))
    redis.on('moved', () => fail(new Error(`A slot has moved from ${name}`)))
    redis.on('end', () => fail(new Error(`The connection to ${name} has ended`)))
    redis.on('error', (error) => {
      this.emit('error', error)
      // Also what ioredis reports when a node takes back a subscription by itself.
      fail(error)
    })
    return redis
  }

  async #open(): Promise<void> {
    this.#status = 'connecting'
    const look = (this.#look += 1)
    let topology: ClusterTopology
    try {
      topology = await readTopology(this.#known, this.#options.server)
    } catch (error) {
      if (look === this.#look) {
        this.emit('error', error)
        this.#retry()
      }
      throw error
    }
    if (look !== this.#look) throw new Error('Connection is closed.')
    this.#known = distinct([...topology.primaries, ...this.#options.nodes])
    this.#session = { topology, connections: new Map(), broken: quietly(deferred<never>()) }
    this.#status = 'ready'
    this.#ready.resolve()
    this.emit('ready')
  }

  /** Ends all connections and begins again. */
  #fail(reason: Error): void {
    this.#close(reason)
    this.emit('close')
    this.#retry()
  }

  #close(reason: Error): void {
    this.#look += 1
    const session = this.#session
    this.#session = undefined
    if (this.#status === 'ready') this.#ready = quietly(deferred())
    session?.broken.reject(reason)
    for (const redis of session?.connections.values() ?? []) redis.disconnect()
  }

  #retry(): void {
    this.#status = 'reconnecting'
    clearTimeout(this.#timer)
    this.#attempts += 1
    this.#timer = setTimeout(
      () => void this.#open().catch(() => undefined),
      retryDelayMs(this.#attempts),
    )
  }
}

/** A refusal of a cluster that changes: another look at it helps. */
function isPassing(error: unknown): error is Error {
  return (
    error instanceof Error && /^(CLUSTERDOWN|TRYAGAIN|LOADING|MASTERDOWN|ASK) /.test(error.message)
  )
}

function distinct(nodes: readonly RedisNode[]): RedisNode[] {
  return [...new Map(nodes.map((node) => [nodeName(node), node])).values()]
}

/** A rejection that is not awaited is no unhandled one. */
function quietly<T>(one: Deferred<T>): Deferred<T> {
  one.promise.catch(() => undefined)
  return one
}
