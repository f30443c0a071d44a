import { CLOSE_CODES } from '@alkdev/contracts/wire'
import { CodedError } from '@alkdev/errors'
import { checkCallFrame } from '@alkdev/operations'
import type { SpokeOperation } from '../define.ts'
import type { CallOrigin } from '../incoming/call-origin.ts'
import { IncomingCalls } from '../incoming/incoming-calls.ts'
import type { FrameSocket, SocketEnd, SocketEvents } from '../wire/frame-socket.ts'
import type { SpokeSlot } from './spoke-slot.ts'

export interface HubPeerHost {
  readonly maxPayloadBytes: number
  /** The operations that the peer may call, including `hub.register`. */
  operationsFor(peer: HubPeer): readonly SpokeOperation[]
  onEnd(peer: HubPeer, end: SocketEnd): void
}

/** The test hub's end of one socket. */
export class HubPeer implements CallOrigin {
  /** The spoke that registered on it. */
  slot: SpokeSlot | undefined
  open = true
  /** `hub.draining` was sent. */
  askedToMove = false
  readonly maxPayloadBytes: number
  readonly #host: HubPeerHost
  readonly #incoming: IncomingCalls
  #socket: FrameSocket | undefined

  constructor(host: HubPeerHost) {
    this.#host = host
    this.maxPayloadBytes = host.maxPayloadBytes
    this.#incoming = new IncomingCalls(() => {})
  }

  /** Receives the events of the socket. */
  readonly events: SocketEvents = {
    onText: (text) => this.#receive(text),
    onAlive: () => {},
    onConfirmed: () => {},
    onEnd: (end) => this.#end(end),
  }

  /** The hub's operations make no nested calls. */
  readonly calls: CallOrigin['calls'] = {
    call: () => Promise.reject(new CodedError('UNAVAILABLE', 'The hub does not call its peer.')),
    subscribe: () => {
      throw new CodedError('UNAVAILABLE', 'The hub does not call its peer.')
    },
  }

  attach(socket: FrameSocket): void {
    this.#socket = socket
  }

  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0
  }

  sendText(text: string): boolean {
    return this.open && this.#socket?.send(text) === true
  }

  confirm(): boolean {
    return false
  }

  send(type: string, requestId: string, fields: Readonly<Record<string, unknown>>): boolean {
    const payload = { requestId, ...fields, timestamp: Date.now() }
    return this.sendText(JSON.stringify({ type, id: requestId, payload }))
  }

  /** Sends a frame of the hub. */
  notice(type: string, fields: Readonly<Record<string, unknown>>): void {
    this.sendText(JSON.stringify({ type, id: '', payload: { ...fields, timestamp: Date.now() } }))
  }

  close(code: number, reason: string): void {
    this.#socket?.close(code, reason)
  }

  /** Cuts the socket as a broken network does. */
  cut(): void {
    this.#socket?.terminate()
    this.#end({ code: 1006, reason: '' })
  }

  #end(end: SocketEnd): void {
    if (!this.open) return
    this.open = false
    this.#incoming.abortAll('The connection of the caller ended.')
    this.#host.onEnd(this, end)
  }

  #receive(text: string): void {
    let checked: ReturnType<typeof checkCallFrame>
    try {
      checked = checkCallFrame(JSON.parse(text))
    } catch {
      return this.close(CLOSE_CODES.BAD_FRAME, 'bad frame')
    }
    if (checked.kind === 'other') return
    if (checked.kind === 'fault') return this.#fault(checked.fault.requestId ?? '', checked.fault)
    const { frame } = checked
    if (this.slot?.receive(frame, this)) return
    if (frame.type === 'call.requested') {
      const { parentRequestId, requestId } = frame.payload
      if (parentRequestId !== undefined && !this.slot?.isInFlight(parentRequestId, this)) {
        const message = 'parentRequestId names no call in flight on this socket.'
        this.send('call.error', requestId, { code: 'VALIDATION_ERROR', message })
        return
      }
      this.#incoming.offer(this.#host.operationsFor(this))
    }
    this.#incoming.receive(frame, this)
  }

  #fault(requestId: string, fault: { readonly path: string; readonly message: string }): void {
    const message = `${fault.path} ${fault.message}.`
    this.send('call.error', requestId, { code: 'VALIDATION_ERROR', message })
    this.close(CLOSE_CODES.BAD_FRAME, 'bad frame')
  }
}
