import { PlainSocket, register } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'

/** A spec in namespace `t`; every scope list but `more`'s is empty, so that the owner may call it. */
export function specOf(name: string, more: object = {}): object {
  return {
    namespace: 't',
    name,
    version: '1.0.0',
    type: 'query',
    description: `Does ${name}.`,
    inputSchema: { type: 'object' },
    outputSchema: {},
    accessControl: { requiredScopes: [] },
    pool: false,
    ...more,
  }
}

/** A spoke that answers by hand: what it is asked lies in `socket.frames`. */
export class HandSpoke implements AsyncDisposable {
  readonly socket: PlainSocket
  readonly name: string
  readonly token: string
  readonly resumed: readonly string[]
  /** What the hub answered for each operation. */
  readonly operations: readonly { readonly status: string; readonly reason?: string }[]

  private constructor(socket: PlainSocket, name: string, welcome: PlainFrame) {
    this.socket = socket
    this.name = name
    const { sessionToken, resumed, operations } = welcome.payload.output.data
    this.token = sessionToken
    this.operations = operations
    this.resumed = resumed ?? []
  }

  /** Attaches; rejects with the `call.error` frame when that is refused. */
  static async attach(
    url: string,
    key: string,
    name: string,
    operations: readonly object[],
    more: object = {},
  ): Promise<HandSpoke> {
    const socket = await PlainSocket.open(url, key)
    const welcome = await register(socket, name, operations, more)
    if (welcome.type !== 'call.responded')
      throw new Error(`${welcome.payload.code}: ${welcome.payload.message}`)
    return new HandSpoke(socket, name, welcome)
  }

  /** The pinned id of one of its operations. */
  id(name: string): string {
    return `client.${this.name}.t.${name}`
  }

  /** The next call that it is given. */
  asked(): Promise<PlainFrame> {
    return this.socket.next((frame) => frame.type === 'call.requested')
  }

  /** A frame about one call. */
  received(type: string, id: string): Promise<PlainFrame> {
    return this.socket.next((frame) => frame.type === type && frame.id === id)
  }

  answer(id: string, data: unknown, more: object = {}): void {
    const meta = { source: 'local', operationId: 't.x', timestamp: Date.now() }
    this.socket.send('call.responded', id, { output: { data, meta }, ...more })
  }

  fail(id: string, code: string, details?: unknown): void {
    this.socket.send('call.error', id, { code, message: `it says ${code}`, details })
  }

  /** Breaks off without a word. */
  cut(): void {
    this.socket.socket.terminate()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.socket[Symbol.asyncDispose]()
  }
}

/** Milliseconds until the promise has settled. */
export async function took(work: Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work.catch(() => undefined)
  return performance.now() - from
}
