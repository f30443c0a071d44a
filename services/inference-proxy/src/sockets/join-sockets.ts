import type { Duplex } from 'node:stream'
import type { CodedError } from '@alkdev/errors'
import { CodedError as Coded } from '@alkdev/errors'
import { codedErrorOf, endSocket } from '@alkdev/http'
import { closeFrame } from './frame-reader.ts'
import type { ServerMessages } from './server-messages.ts'

/** Why a WebSocket ended. */
export interface JoinedEnd {
  readonly endedBy: 'done' | 'client' | 'upstream' | 'hub'
  /** Undefined for one that was closed by either side. */
  readonly error: CodedError | undefined
}

export interface JoinOptions {
  readonly messages: ServerMessages
  /** Ends both. */
  readonly signal: AbortSignal
  /** Milliseconds without a byte from the provider after which both end. */
  readonly idleMs: number
  /** Asked after what came from the provider. */
  readonly mayGoOn: () => boolean
}

/** Codes of RFC 6455, section 7.4. */
const POLICY = 1008
const FAILED = 1011
const AWAY = 1001

/**
 * Passes the bytes of the client on to the provider, and the messages of the provider to the client, until one of them closes. A slow side
 * slows the other. The client hears of every other end by a close frame.
 */
export function joinSockets(
  client: Duplex,
  upstream: Duplex,
  { messages, signal, idleMs, mayGoOn }: JoinOptions,
): Promise<JoinedEnd> {
  const { promise, resolve } = Promise.withResolvers<JoinedEnd>()
  let isOver = false
  const end = (endedBy: JoinedEnd['endedBy'], error?: CodedError, code?: number): void => {
    if (isOver) return
    isOver = true
    clearTimeout(idle)
    signal.removeEventListener('abort', onAbort)
    upstream.destroy()
    endSocket(client, code === undefined ? '' : closeFrame(code, error?.code.toLowerCase() ?? ''))
    resolve({ endedBy, error })
  }
  const onAbort = (): void => {
    const reason = codedErrorOf(signal.reason)
    if (reason.code === 'ABORTED') end(messages.isClosing ? 'done' : 'client')
    else end('hub', reason, reason.code === 'UNAUTHENTICATED' ? POLICY : AWAY)
  }
  const idle = setTimeout(
    () => end('hub', new Coded('TIMEOUT', 'The provider sent nothing for too long.'), FAILED),
    idleMs,
  )
  signal.addEventListener('abort', onAbort, { once: true })
  client.pipe(upstream)
  upstream.on('error', () => undefined)
  upstream.once('close', () =>
    messages.isClosing
      ? end('done')
      : end(
          'upstream',
          new Coded('UPSTREAM_TRUNCATED', 'The provider closed the connection.'),
          FAILED,
        ),
  )
  upstream.on('data', (chunk: Buffer) => {
    if (isOver) return
    idle.refresh()
    let bytes: Buffer
    try {
      bytes = messages.push(chunk)
    } catch (cause) {
      const what = 'The provider sent what is no message.'
      end('upstream', new Coded('UPSTREAM_BAD_ANSWER', what, { cause }), FAILED)
      return
    }
    if (bytes.length > 0 && !client.write(bytes)) {
      upstream.pause()
      client.once('drain', () => upstream.resume())
    }
    if (!mayGoOn())
      end('hub', new Coded('BUDGET_EXCEEDED', 'What was reserved for the call is used.'), POLICY)
  })
  if (signal.aborted) onAbort()
  return promise
}
