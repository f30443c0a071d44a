import { pinnedOperationId } from '@alkdev/contracts'
import type { SpokeHello } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { operationIdOf } from '@alkdev/operations'
import type { CallFrame, Identity, OperationSpec } from '@alkdev/operations'
import { compact, uuidv7 } from '@alkdev/std'
import { after, inBackground } from '../wire/timer.ts'
import { DispatchedCall } from './dispatched-call.ts'
import type { HubPeer } from './hub-peer.ts'

export interface GiveOptions {
  readonly identity: Identity
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  readonly idempotencyKey?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** The state of one spoke name in the test hub, across all of its sockets. */
export class SpokeSlot {
  readonly spokeId = uuidv7()
  readonly name: string
  sessionToken = ''
  peer: HubPeer | undefined
  #operations: ReadonlyMap<string, OperationSpec> = new Map()
  #spokeType: SpokeHello['spokeType'] = 'client'
  readonly #calls = new Map<string, { readonly call: DispatchedCall; peer: HubPeer | undefined }>()
  #giveUp: ReturnType<typeof setTimeout> | undefined

  constructor(name: string) {
    this.name = name
  }

  /** Accepts a registration; returns the ids of the calls that continue on this socket. */
  register(hello: SpokeHello, peer: HubPeer): string[] {
    const specs = hello.operations as readonly OperationSpec[]
    this.#operations = new Map(specs.map((spec) => [operationIdOf(spec), spec]))
    this.#spokeType = hello.spokeType
    if (this.peer === peer) return []
    this.peer = peer
    this.sessionToken = uuidv7()
    clearTimeout(this.#giveUp)
    const { inFlight = [], answered = [] } = hello.resume ?? {}
    const offered = new Set([...inFlight, ...answered])
    const resumed: string[] = []
    for (const [requestId, entry] of this.#calls) {
      if (entry.peer !== undefined) continue
      if (offered.has(requestId)) {
        entry.peer = peer
        resumed.push(requestId)
        // Sent after the welcome.
        setImmediate(() => entry.call.resumed())
      } else entry.call.fail(lost('The spoke returned without this call.'))
    }
    return resumed
  }

  /** The spoke's own name and the hub's id of each operation. */
  get operations(): readonly (readonly [own: string, operationId: string, spec: OperationSpec])[] {
    return [...this.#operations].map(([own, spec]) => [own, this.idOf(own), spec] as const)
  }

  idOf(own: string): string {
    return pinnedOperationId(this.#spokeType, this.name, own)
  }

  get idle(): boolean {
    return this.#calls.size === 0
  }

  /** Dispatches a call to the newest socket. Throws PROVIDER_UNAVAILABLE. */
  give(own: string, spec: OperationSpec, input: unknown, options: GiveOptions): DispatchedCall {
    const { peer } = this
    if (!peer?.open)
      throw new CodedError('PROVIDER_UNAVAILABLE', `The spoke ${this.name} is not attached now.`)
    if (options.signal?.aborted) throw new CodedError('ABORTED', 'The caller aborted the call.')
    const requestId = uuidv7()
    const { identity, timeoutMs, signal, idempotencyKey, metadata } = options
    const entry: { call: DispatchedCall; peer: HubPeer | undefined } = {
      peer,
      call: new DispatchedCall({
        requestId,
        operationId: this.idOf(own),
        spec,
        timeoutMs,
        signal,
        send: (type, fields) => entry.peer?.send(`call.${type}`, requestId, fields),
        onEnd: () => this.#calls.delete(requestId),
      }),
    }
    this.#calls.set(requestId, entry)
    const { requiredScopes, requiredScopesAny = [] } = spec.accessControl
    peer.send('call.requested', requestId, {
      operationId: own,
      input,
      ...compact({ timeoutMs, idempotencyKey, metadata }),
      identity: { id: identity.id, scopes: [...requiredScopes, ...requiredScopesAny] },
    })
    return entry.call
  }

  /** A frame about a call of this spoke; accepted only from the socket that has the call. */
  receive(frame: CallFrame, peer: HubPeer): boolean {
    const entry = this.#calls.get(frame.payload.requestId)
    if (entry?.peer !== peer) return false
    entry.call.receive(frame)
    return true
  }

  isInFlight(requestId: string, peer: HubPeer): boolean {
    return this.#calls.get(requestId)?.peer === peer
  }

  /** A socket has ended. Resumable calls wait for the spoke to return, unless it unregistered or has a newer socket. */
  onDisconnect(peer: HubPeer, permanent: boolean, waitMs: number): void {
    const newest = this.peer === peer
    let waiting = false
    for (const entry of this.#calls.values()) {
      if (entry.peer !== peer) continue
      entry.peer = undefined
      if (newest && !permanent && entry.call.spec.resumable === true) waiting = true
      else entry.call.fail(lost(`The spoke ${this.name} is gone.`))
    }
    if (newest) this.peer = undefined
    if (!waiting) return
    this.#giveUp = after(waitMs, () => this.loseAll('The spoke did not return in time.'))
    inBackground(this.#giveUp)
  }

  loseAll(message: string): void {
    clearTimeout(this.#giveUp)
    for (const { call } of [...this.#calls.values()]) call.fail(lost(message))
  }
}

function lost(message: string): CodedError {
  return new CodedError('PROVIDER_LOST', message, { details: { outcome: 'unknown' } })
}
