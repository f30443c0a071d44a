import { CodedError } from '@alkdev/spoke'
import type { OpenSocket } from '@alkdev/spoke'
import { WebSocket } from 'ws'

/** Tells each `call.error` of the hub with the hub's id of the call, which the error that callers get does not carry. */
export function watchedSocket(onError: (code: string, callId: string) => void): OpenSocket {
  return ({ url, key, signal, events }) => {
    const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<OpenSocket>>>()
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${key}` } })
    const failed = (): void =>
      reject(new CodedError('PROVIDER_UNAVAILABLE', 'The hub cannot be reached.'))
    const onAbort = (): void => socket.terminate()
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', failed)
    socket.on('ping', () => events.onAlive())
    socket.on('pong', () => events.onConfirmed())
    socket.on('message', (data: Buffer) => {
      const text = data.toString()
      const error = errorIn(text)
      if (error) onError(...error)
      events.onText(text)
    })
    socket.once('close', (code, reason) => {
      signal.removeEventListener('abort', onAbort)
      failed()
      events.onEnd({ code, reason: reason.toString() })
    })
    socket.once('open', () => {
      signal.removeEventListener('abort', onAbort)
      resolve({
        get bufferedBytes() {
          return socket.bufferedAmount
        },
        send(text) {
          const open = socket.readyState === WebSocket.OPEN
          if (open) socket.send(text)
          return open
        },
        close: (code, reason) => socket.close(code, reason),
        terminate: () => socket.terminate(),
      })
    })
    return promise
  }
}

function errorIn(text: string): readonly [code: string, callId: string] | undefined {
  if (!text.startsWith('{"type":"call.error"')) return undefined
  const { payload } = JSON.parse(text) as { payload: { code: string; callId?: string } }
  return payload.callId === undefined ? undefined : [payload.code, payload.callId]
}
