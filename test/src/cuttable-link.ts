import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

type Pairs = Set<readonly [client: Socket, server: Socket]>
interface Gate {
  port: number
  holding: boolean
  refusing: boolean
  isFrozen: boolean
}

/** A TCP relay between a client and a server on this machine, which tests can cut or starve. */
export class CuttableLink implements AsyncDisposable {
  readonly url: string
  readonly #close: () => Promise<void>
  readonly #pairs: Pairs
  readonly #gate: Gate

  private constructor(url: string, pairs: Pairs, gate: Gate, close: () => Promise<void>) {
    this.url = url
    this.#pairs = pairs
    this.#gate = gate
    this.#close = close
  }

  /** Listens on a free port and passes connections on to `target`, an http URL. */
  static async to(target: string): Promise<CuttableLink> {
    const { hostname, port } = new URL(target)
    const pairs: Pairs = new Set()
    const gate: Gate = {
      port: Number(port),
      holding: false,
      refusing: false,
      isFrozen: false,
    }
    const server = createServer((client) => {
      if (gate.refusing) return void client.destroy()
      const upstream = connect({ host: hostname, port: gate.port, noDelay: true })
      const pair = [client, upstream] as const
      pairs.add(pair)
      for (const [from, to] of [pair, [upstream, client] as const]) {
        from.on('error', () => undefined)
        from.on('close', () => {
          pairs.delete(pair)
          to.destroy()
        })
      }
      client.on('data', (data) => {
        // Data that the client sent counts as sent, and never arrives.
        if (!gate.holding) upstream.write(data)
      })
      if (!gate.isFrozen) upstream.pipe(client)
      return undefined
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port: own } = server.address() as AddressInfo
    return new CuttableLink(`http://127.0.0.1:${own}`, pairs, gate, async () => {
      for (const [client, upstream] of pairs) {
        client.destroy()
        upstream.destroy()
      }
      await new Promise((resolve) => server.close(resolve))
    })
  }

  /** From now on what clients send is swallowed, as by a network that has just died. */
  swallow(): void {
    this.#gate.holding = true
  }

  /** From now on nothing comes through in either direction and nothing is closed, as when a machine in between lost its state. */
  freeze(): void {
    this.#gate.holding = true
    this.#gate.isFrozen = true
    for (const [client, upstream] of this.#pairs) upstream.unpipe(client)
  }

  /** Breaks every connection; new ones are passed on again unless `refuse` says otherwise. */
  cut(options: { readonly refuse?: boolean } = {}): void {
    this.#gate.holding = false
    this.#gate.isFrozen = false
    this.#gate.refusing = options.refuse === true
    for (const [client, upstream] of this.#pairs) {
      client.resetAndDestroy()
      upstream.resetAndDestroy()
    }
  }

  /** New connections go to another port of the same host: the server was started again. */
  retarget(port: number): void {
    this.#gate.port = port
  }

  repair(): void {
    this.#gate.refusing = false
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close()
  }
}
