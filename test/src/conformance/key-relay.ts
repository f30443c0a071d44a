import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

/** An address that passes everything on unchanged, with a key: the conformance suite sends none. */
export async function startKeyRelay(
  target: string,
  key: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const { hostname, port, pathname } = new URL(target)
  const server = createServer((incoming, outgoing) => {
    const { method, headers } = incoming
    const onward = request(
      {
        hostname,
        port,
        method,
        path: pathname,
        headers: { ...headers, authorization: `Bearer ${key}` },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        // Without this, the head of a stream waits for its first event.
        outgoing.flushHeaders()
        void pipeline(answer, outgoing).catch(() => undefined)
      },
    )
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    void pipeline(incoming, onward).catch(() => undefined)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  }
}
