import { SpokeHello } from '@alkdev/contracts'
import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import { CLOSE_CODES, REPLACED_REASONS } from '@alkdev/contracts/wire'
import { CodedError } from '@alkdev/errors'
import { compileSchema, enforceAccess, validateOrThrow } from '@alkdev/operations'
import type { Identity, OperationSpec, ResponseEnvelope } from '@alkdev/operations'
import type { SpokeOperation } from '../define.ts'
import type { FrameSocket, OpenSocket, SocketEvents } from '../wire/frame-socket.ts'
import type { DispatchedCall } from './dispatched-call.ts'
import { HubPeer } from './hub-peer.ts'
import { memorySockets } from './memory-socket.ts'
import { checkedOperation, hubOperations } from './hub-operations.ts'
import { SpokeSlot } from './spoke-slot.ts'
import type { TestCallOptions, TestConnection, TestHubOptions } from './test-hub-options.ts'

const tester: Identity = { id: 'tester', scopes: ['*'] }
const drainAfterMs = 10

/**
 * A hub in this process's memory, for the tests of spokes and clients: the same protocol, frame by frame, without sockets, services or
 * databases. It checks schemas and scopes as a hub does, and its sockets can be cut, drained and refused.
 */
export class TestHub implements AsyncDisposable {
  readonly #options: TestHubOptions
  readonly #slots = new Map<string, SpokeSlot>()
  readonly #peers = new Set<HubPeer>()
  readonly #keys: Set<string> | undefined
  readonly #heart: ReturnType<typeof setInterval>
  #refusing: CodedError | undefined

  constructor(options: TestHubOptions = {}) {
    this.#options = options
    this.#keys = options.keys && new Set(options.keys)
    this.#heart = setInterval(() => {
      for (const peer of this.#peers) peer.notice('hub.alive', {})
    }, this.heartbeatMs)
  }

  /** For the options of a spoke or client: `attachSpoke({ ...hub.connection(), name, operations })`. */
  connection(key = 'alk_test'): TestConnection {
    return { hub: 'ws://test-hub.invalid', key, openSocket: this.#open }
  }

  get heartbeatMs(): number {
    return this.#options.heartbeatMs ?? DEFAULT_LIMITS.heartbeatMs
  }

  /** Names of the attached spokes. */
  get spokes(): string[] {
    return [...this.#slots.values()].filter(({ peer }) => peer?.open).map(({ name }) => name)
  }

  /** All operations that can be called now, with the hub's names. */
  get operations(): ReadonlyMap<string, OperationSpec> {
    const own = (this.#options.operations ?? []).map(
      ({ handler: _handler, ...spec }) => [`${spec.namespace}.${spec.name}`, spec] as const,
    )
    const theirs = [...this.#slots.values()].flatMap((slot) =>
      slot.peer?.open ? slot.operations.map(([, id, spec]) => [id, spec] as const) : [],
    )
    return new Map([...own, ...theirs])
  }

  /** Calls an operation of a spoke, by its own name or the hub's, as a client would. Resolves with the data; rejects with CodedError. */
  async call<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: TestCallOptions = {},
  ): Promise<T> {
    const { answer } = this.#give(operationId, input, {
      timeoutMs: DEFAULT_LIMITS.callTimeoutMs,
      ...options,
    })
    return (await answer).data as T
  }

  /** The items of a subscription of a spoke. Leaving the loop aborts the call. */
  async *subscribe<T = unknown>(
    operationId: string,
    input: unknown = {},
    options: TestCallOptions = {},
  ): AsyncGenerator<T, void, undefined> {
    for await (const { data } of this.#give(operationId, input, options).items) yield data as T
  }

  /** Cuts the sockets of a spoke, or all sockets, as a broken network does: frames in transit are lost. */
  cut(name?: string): void {
    for (const peer of this.#of(name)) peer.cut()
  }

  /** Closes sockets with a code, for instance 4401. */
  close(code: number, name?: string, reason = 'closed by the test'): void {
    for (const peer of this.#of(name)) peer.close(code, reason)
  }

  /**
   * Asks spokes to attach to another instance, as a stopping broker does. The old sockets are closed with 1001 when they have no calls in
   * flight.
   */
  drain(name?: string): void {
    for (const peer of this.#of(name)) {
      peer.askedToMove = true
      peer.notice('hub.draining', { reconnectAfterMs: drainAfterMs })
    }
  }

  /** Refuses every connection until `admit()`. */
  refuse(error = new CodedError('PROVIDER_UNAVAILABLE', 'The hub cannot be reached.')): void {
    this.#refusing = error
  }

  admit(): void {
    this.#refusing = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heart)
    this.refuse()
    this.close(CLOSE_CODES.DRAINED)
    for (const slot of this.#slots.values()) slot.loseAll('The hub stopped.')
  }

  /** Accepts a socket of any kind: for hubs of tests and benchmarks that listen on a port. Throws UNAUTHENTICATED for an unknown key. */
  accept(key: string, join: (events: SocketEvents) => FrameSocket): void {
    if (this.#refusing) throw this.#refusing
    if (this.#keys && !this.#keys.has(key))
      throw new CodedError('UNAUTHENTICATED', 'The hub refuses the key.')
    const peer = new HubPeer({
      maxPayloadBytes: this.#options.maxPayloadBytes ?? DEFAULT_LIMITS.maxPayloadBytes,
      operationsFor: (asking) => this.#operationsFor(asking),
      onEnd: (ended, { code }) => {
        this.#peers.delete(ended)
        const permanent = code === CLOSE_CODES.DONE || code === CLOSE_CODES.KEY_NO_LONGER_VALID
        ended.slot?.onDisconnect(
          ended,
          permanent,
          this.#options.resumeMs ?? DEFAULT_LIMITS.suspendedMs,
        )
      },
    })
    this.#peers.add(peer)
    peer.attach(join(peer.events))
  }

  readonly #open: OpenSocket = async ({ key, signal, events }) => {
    signal.throwIfAborted()
    let socket: FrameSocket | undefined
    this.accept(key, (hubEvents) => {
      const [here, there] = memorySockets(events, hubEvents)
      socket = here
      return there
    })
    if (!socket) throw new CodedError('PROVIDER_UNAVAILABLE', 'The hub cannot be reached.')
    return socket
  }

  #of(name: string | undefined): HubPeer[] {
    return [...this.#peers].filter((peer) => name === undefined || peer.slot?.name === name)
  }

  #find(operationId: string): readonly [SpokeSlot, string, OperationSpec] {
    let away: string | undefined
    for (const slot of this.#slots.values())
      for (const [own, id, spec] of slot.operations) {
        if (operationId !== id && operationId !== own) continue
        if (slot.peer?.open) return [slot, own, spec]
        away = slot.name
      }
    if (away !== undefined)
      throw new CodedError('PROVIDER_UNAVAILABLE', `The spoke ${away} is not attached now.`)
    throw new CodedError('OPERATION_NOT_FOUND', `There is no operation ${operationId}.`)
  }

  #give(operationId: string, input: unknown, options: TestCallOptions): DispatchedCall {
    const [slot, own, spec] = this.#find(operationId)
    const identity = options.identity ?? tester
    enforceAccess(spec.accessControl, identity, operationId, input)
    validateOrThrow(spec.inputSchema, input, `The input of ${operationId}`)
    return slot.give(own, spec, input, { ...options, identity })
  }

  /** The operations that a peer may call: its registration, the hub's operations, those of other spokes. */
  #operationsFor(peer: HubPeer): SpokeOperation[] {
    const theirs = [...this.#slots.values()].flatMap((slot) =>
      slot.operations.flatMap(([own, id, spec]) => [
        this.#forwarded(id, spec),
        this.#forwarded(own, spec),
      ]),
    )
    const table = hubOperations({
      register: (hello) => this.#register(hello, peer),
      unregister: () => this.#unregister(peer),
      operations: () => this.operations,
    })
    return [...theirs, ...[...(this.#options.operations ?? []), ...table].map(checkedOperation)]
  }

  #forwarded(id: string, spec: OperationSpec): SpokeOperation {
    const dot = id.lastIndexOf('.')
    const named = { ...spec, namespace: id.slice(0, dot), name: id.slice(dot + 1) }
    if (spec.type === 'subscription')
      return { ...named, handler: (input, { signal }) => this.subscribe(id, input, { signal }) }
    return {
      ...named,
      handler: async (input, { signal }): Promise<ResponseEnvelope> =>
        this.#give(id, input, { signal }).answer,
    }
  }

  #register(input: unknown, peer: HubPeer): object {
    validateOrThrow(SpokeHello, input, 'hub.register')
    const hello = input as SpokeHello
    for (const { inputSchema, outputSchema } of hello.operations) {
      compileSchema(inputSchema)
      compileSchema(outputSchema)
    }
    const slot = this.#slots.get(hello.name) ?? new SpokeSlot(hello.name)
    this.#slots.set(hello.name, slot)
    const former = slot.peer
    peer.slot = slot
    const resumed = slot.register(hello, peer)
    if (former && former !== peer) this.#replaceAttachment(former, slot)
    return {
      spokeId: slot.spokeId,
      sessionToken: slot.sessionToken,
      heartbeatMs: this.heartbeatMs,
      maxPayloadBytes: peer.maxPayloadBytes,
      ...(hello.resume && { resumed }),
      operations: slot.operations.map(([name, operationId]) => ({
        name,
        operationId,
        status: 'active',
      })),
    }
  }

  #replaceAttachment(former: HubPeer, slot: SpokeSlot): void {
    if (!former.askedToMove) return former.close(CLOSE_CODES.REPLACED, REPLACED_REASONS.TAKEN_OVER)
    closeWhenIdle(former, slot, CLOSE_CODES.DRAINED, 'handed over')
  }

  #unregister(peer: HubPeer): object {
    const { slot } = peer
    if (slot?.peer !== peer)
      throw new CodedError('CONFLICT', 'No spoke is registered on this socket.')
    slot.peer = undefined
    setImmediate(() => closeWhenIdle(peer, slot, CLOSE_CODES.DONE, 'done'))
    return {}
  }
}

/** Closes the socket when the spoke executes no call any more. */
function closeWhenIdle(peer: HubPeer, slot: SpokeSlot, code: number, reason: string): void {
  if (!peer.open) return
  if (slot.idle) peer.close(code, reason)
  else setTimeout(() => closeWhenIdle(peer, slot, code, reason), 10)
}
