import type { IncomingMessage } from 'node:http'

/** Milliseconds in which the rest of what nothing reads may arrive. */
export const REST_MS = 5000

/**
 * Reads the rest of a body and drops it. A connection that is closed while its client still sends is reset, and the client, or the gateway before
 * it, may lose the answer with it. Ends the connection when the body is not whole after 5 s.
 */
export function dropBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return
  request.resume()
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy()
  }, REST_MS)
  timer.unref()
  request.once('close', () => clearTimeout(timer))
}

/** Whether the headers of a request announce a body. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
