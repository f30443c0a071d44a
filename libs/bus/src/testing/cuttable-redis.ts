import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A proxy to the Redis of the test run that can be cut and restored. */
export interface CuttableRedis extends AsyncDisposable {
  readonly url: string
  cut(): void
  repair(): void
}

export async function cuttableRedis(realUrl: string): Promise<CuttableRedis> {
  const { hostname, port } = new URL(realUrl)
  const open = new Set<Socket>()
  let whole = true
  const server = createServer((client) => {
    if (!whole) {
      client.destroy()
      return
    }
    const upstream = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from)
      from.on('data', (data) => to.write(data))
      from.on('error', () => undefined)
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const own = new URL(realUrl)
  own.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const cut = (): void => {
    whole = false
    for (const socket of open) socket.destroy()
  }
  return {
    url: own.href,
    cut,
    repair() {
      whole = true
    },
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
