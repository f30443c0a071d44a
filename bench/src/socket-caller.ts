import { once } from 'node:events'
import { uuidv7 } from '@alkdev/std'
import { WebSocket } from 'ws'

export interface SocketCaller {
  call(): Promise<unknown>
  close(): void
}

/** The error that a call ended with. */
export class CallerError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

interface Waiting {
  readonly resolve: (payload: unknown) => void
  readonly reject: (error: Error) => void
}

export const INPUT = { text: 'a small echo', n: 42 }

/** Calls one operation of the hub over a bare WebSocket. */
export async function hubCaller(
  url: string,
  key: string,
  operationId: string,
): Promise<SocketCaller> {
  const headers = { authorization: `Bearer ${key}` }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
    headers,
    perMessageDeflate: false,
  })
  await once(socket, 'open')
  const waiting = new Map<string, Waiting>()
  socket.on('message', (data: Buffer) => {
    const { type, id, payload } = JSON.parse(data.toString()) as {
      type: string
      id: string
      payload: { code: string; message: string }
    }
    const call = waiting.get(id)
    if (!call) return
    waiting.delete(id)
    if (type === 'call.responded') call.resolve(payload)
    else call.reject(new CallerError(payload.code, payload.message))
  })
  return {
    call: () =>
      new Promise((resolve, reject) => {
        const id = uuidv7()
        waiting.set(id, { resolve, reject })
        const payload = { requestId: id, operationId, input: INPUT, timestamp: Date.now() }
        socket.send(JSON.stringify({ type: 'call.requested', id, payload }))
      }),
    close: () => socket.terminate(),
  }
}

/** The same through a bare relay. */
export async function relayCaller(url: string): Promise<SocketCaller> {
  const socket = new WebSocket(`${url}/caller`, { perMessageDeflate: false })
  await once(socket, 'open')
  const waiting = new Map<string, (output: unknown) => void>()
  socket.on('message', (data: Buffer) => {
    const { id, output } = JSON.parse(data.toString()) as { id: string; output: unknown }
    waiting.get(id)?.(output)
    waiting.delete(id)
  })
  return {
    call: () =>
      new Promise((resolve) => {
        const id = uuidv7()
        waiting.set(id, resolve)
        socket.send(JSON.stringify({ id, input: INPUT }))
      }),
    close: () => socket.terminate(),
  }
}
