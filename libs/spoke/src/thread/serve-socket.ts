import { CodedError } from '@alkdev/errors'
import { compact } from '@alkdev/std'
import { openWsSocket } from '../wire/ws-socket.ts'
import type { FromThread, OpenMessage, ToThread } from './messages.ts'
import { Relay } from './relay.ts'

/** Opens one socket in this thread and passes its frames to the port and back, until it ends. */
export async function serveSocket({ url, key, port, limits }: OpenMessage): Promise<void> {
  const giveUp = new AbortController()
  const tell = (message: FromThread): void => port.postMessage(message)
  const relay = new Relay(tell, limits)
  // The opener may close it before it is open.
  port.on('message', (message: ToThread) => {
    if (typeof message === 'object' && message.do === 'terminate') giveUp.abort()
    relay.take(message)
  })
  port.once('close', () => {
    giveUp.abort()
    relay.terminate()
  })
  try {
    const socket = await openWsSocket({
      url,
      key,
      signal: giveUp.signal,
      events: {
        onText: (text) => relay.pass(text),
        onAlive: () => tell({ is: 'alive' }),
        onConfirmed: () => tell({ is: 'confirmed' }),
        onEnd: (end) => {
          relay.end(end)
          port.close()
        },
      },
    })
    relay.open(socket)
  } catch (error) {
    const { code, message, retryAfterMs } = CodedError.from(error)
    tell({ is: 'failed', code, message, ...compact({ retryAfterMs }) })
    port.close()
  }
}
