import type { ResponseEnvelope } from '@alkdev/operations'
import type { CallOptions } from '../wire/outgoing-calls.ts'
import type { Items } from '../wire/items.ts'

/** The socket on which a call arrived: its answer goes there or, after a reconnect, to the socket that resumed it. */
export interface CallOrigin {
  readonly open: boolean
  readonly bufferedBytes: number
  readonly maxPayloadBytes: number
  /** Nested calls: the hub knows their parent on this socket only. */
  readonly calls: {
    call(operationId: string, input: unknown, options: CallOptions): Promise<ResponseEnvelope>
    subscribe<T>(
      operationId: string,
      input: unknown,
      options: CallOptions,
      read: (envelope: ResponseEnvelope) => T,
    ): Items<T>
  }
  /** False when the socket is closed: then nothing was sent. */
  sendText(text: string): boolean
  /** Requests a confirmation that everything sent so far has arrived; false where the socket cannot confirm. */
  confirm(): boolean
}
