import { sleep } from '@alkdev/std'
import type { HttpApp } from './app.ts'

const SWEEP_MS = 20

/** From now on each answer asks its client to open a new connection, to another instance. Requests are still served. */
export function drainHttpApp(app: HttpApp): void {
  app.httpState.draining = true
}

/** Resolves when no request has come for `ms` milliseconds, those about health and WebSockets aside, or when the signal aborts. */
export async function httpQuiet(app: HttpApp, ms: number, signal: AbortSignal): Promise<void> {
  const from = performance.now()
  while (!signal.aborted) {
    const leftMs = Math.max(from, app.httpState.askedAt) + ms - performance.now()
    if (leftMs <= 0) return
    await sleep(leftMs, signal).catch(() => undefined)
  }
}

/** Resolves when no request is being answered, or when the signal aborts. */
export async function httpIdle(app: HttpApp, signal: AbortSignal): Promise<void> {
  while (app.httpState.active > 0 && !signal.aborted) {
    await sleep(SWEEP_MS, signal).catch(() => undefined)
  }
}

/**
 * Closes the app: new connections and requests are refused, those in flight end by themselves within `graceMs`; what is open
 * after that is cut. Always returns, whatever clients do, and runs the `onClose` hooks.
 */
export async function closeHttpApp(app: HttpApp, graceMs: number): Promise<void> {
  const cut = (): void => {
    for (const socket of app.httpState.sockets) socket.destroy()
  }
  const timer = setTimeout(cut, graceMs)
  // close() looks for idle connections once; those whose last answer is still on its way would stay until their keep-alive ends.
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS)
  try {
    await app.close()
  } finally {
    clearTimeout(timer)
    clearInterval(sweep)
    // Connections that are no longer HTTP (upgraded ones) are unknown to close().
    cut()
  }
}

export interface ListenOptions {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
}

/** Listens and returns the base URL that local clients reach it at, with the port that was really taken. */
export async function listenHttpApp(app: HttpApp, options: ListenOptions): Promise<string> {
  await app.listen({ host: options.host, port: options.port })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  const host = options.host === '0.0.0.0' || options.host === '::' ? '127.0.0.1' : options.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
