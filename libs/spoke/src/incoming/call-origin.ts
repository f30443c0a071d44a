import type { ResponseEnvelope } from '@alkdev/operations'
import type { CallOptions } from '../wire/outgoing-calls.ts'
import type { Items } from '../wire/items.ts'

/** The socket that gave a call: its answer goes back there, or, after a reconnect, to the one that resumed it. */
export interface CallOrigin {
  readonly open: boolean
  readonly bufferedBytes: number
  readonly maxPayloadBytes: number
  /** Nested calls: the hub knows their parent on this socket alone. */
  readonly calls: {
    call(operationId: string, input: unknown, options: CallOptions): Promise<ResponseEnvelope>
    subscribe<T>(
      operationId: string,
      input: unknown,
      options: CallOptions,
      read: (envelope: ResponseEnvelope) => T,
    ): Items<T>
  }
  /** False when the socket is gone: then nothing was sent. */
  sendText(text: string): boolean
  /** Asks for a sign that all that was sent has arrived; false where there is none to be had. */
  confirm(): boolean
}
