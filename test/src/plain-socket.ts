import { WebSocket } from 'ws'

export interface PlainFrame {
  readonly type: string
  readonly id: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into frames of every shape
  readonly payload: any
}

/** A WebSocket client that knows nothing but the public contract: text frames of `{type, id, payload}`. */
export class PlainSocket implements AsyncDisposable {
  readonly socket: WebSocket
  readonly frames: PlainFrame[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #waiting = new Set<() => void>()

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as PlainFrame)
      for (const wake of this.#waiting) wake()
    })
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  static open(url: string, key: string, protocols: string[] = []): Promise<PlainSocket> {
    const headers = protocols.length > 0 ? {} : { authorization: `Bearer ${key}` }
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, protocols, { headers })
    return new Promise((resolve, reject) => {
      const plain = new PlainSocket(socket)
      socket.once('open', () => resolve(plain))
      socket.once('unexpected-response', (_request, response) => {
        reject(new Error(`status ${response.statusCode}`))
        socket.terminate()
      })
      socket.once('error', reject)
    })
  }

  send(type: string, id: string, payload: object): void {
    this.socket.send(
      JSON.stringify({ type, id, payload: { requestId: id, timestamp: Date.now(), ...payload } }),
    )
  }

  /** Sends a call and waits for its end. */
  async call(operationId: string, input: unknown, more: object = {}): Promise<PlainFrame> {
    const id = `r${Math.random()}`
    this.send('call.requested', id, { operationId, input, ...more })
    return this.next((frame) => frame.id === id)
  }

  /** The first frame that fits, seen already or still to come (25 s). */
  async next(fits: (frame: PlainFrame) => boolean): Promise<PlainFrame> {
    const deadline = Date.now() + 25_000
    for (;;) {
      const found = this.frames.findIndex(fits)
      if (found >= 0) return this.frames.splice(found, 1)[0] as PlainFrame
      if (Date.now() > deadline)
        throw new Error(`no such frame; there are ${JSON.stringify(this.frames).slice(0, 2000)}`)
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake)
          resolve()
        }
        this.#waiting.add(wake)
        setTimeout(wake, 100)
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close(1000)
    setTimeout(() => this.socket.terminate(), 500).unref()
    await this.closed
  }
}

export const echoSpec = {
  namespace: 'echo',
  name: 'say',
  version: '1.0.0',
  type: 'query',
  description: 'Returns its input.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  outputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  accessControl: { requiredScopes: ['echo:use'] },
} as const

/** `hub.register` of a spoke with the given operations. */
export function register(
  socket: PlainSocket,
  name: string,
  operations: readonly object[],
  more: object = {},
): Promise<PlainFrame> {
  return socket.call('hub.register', {
    protocol: 1,
    name,
    spokeType: 'client',
    operations,
    ...more,
  })
}
