import type { FastifyReply } from 'fastify'
import { onClosed } from './on-closed.ts'

export interface ServerSentEvent {
  readonly id?: string | number
  /** Default `message`. */
  readonly event?: string
  /** Sent as JSON. */
  readonly data: unknown
}

export interface EventStreamOptions {
  /** Milliseconds between comments that keep proxies from closing a quiet stream. Default 15 000. */
  readonly keepAliveMs?: number
  /** Milliseconds that a client may leave its connection full before it is cut. Default 60 000. */
  readonly stallMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** An open SSE answer. */
export interface EventStream {
  /** Aborted when the client has gone, or was cut because it did not read. */
  readonly signal: AbortSignal
  /** Resolves when the client can take more; nothing is held here beyond what the socket holds. */
  send(event: ServerSentEvent): Promise<void>
  end(): void
}

function frameOf({ id, event, data }: ServerSentEvent): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`
  const eventLine = event === undefined ? '' : `event: ${event}\n`
  // JSON has no line break outside strings, where it is escaped: one data line.
  return `${idLine}${eventLine}data: ${JSON.stringify(data ?? null)}\n\n`
}

/** Turns the reply into a stream of server-sent events; headers that are set already are sent along. */
export function openEventStream(
  reply: FastifyReply,
  options: EventStreamOptions = {},
): EventStream {
  const { raw } = reply
  const gone = new AbortController()
  reply.hijack()
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
    ...options.headers,
  })
  raw.flushHeaders()
  const keepAlive = setInterval(() => {
    // A full connection needs no sign of life, and must not grow.
    if (!raw.writableNeedDrain) raw.write(': keep-alive\n\n')
  }, options.keepAliveMs ?? 15_000)
  raw.on('error', () => raw.destroy())
  onClosed(raw, () => {
    clearInterval(keepAlive)
    gone.abort(new Error('the client has gone'))
  })

  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer)
        raw.off('drain', settle)
        raw.off('close', settle)
        resolve()
      }
      const timer = setTimeout(() => raw.destroy(), options.stallMs ?? 60_000)
      raw.once('drain', settle)
      raw.once('close', settle)
    })

  return {
    signal: gone.signal,
    async send(event) {
      if (gone.signal.aborted || raw.writableEnded) return
      if (!raw.write(frameOf(event))) await drained()
    },
    end() {
      clearInterval(keepAlive)
      if (!raw.writableEnded) raw.end()
    },
  }
}
