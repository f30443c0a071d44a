import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { RELAY_HEADER } from '@alkdev/contracts'
import type { ServiceName } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { endSocket, PROBLEM_CONTENT_TYPE, problemOf } from '@alkdev/http'
import { deferred, unlessAborted, uuidv7, withTimeout } from '@alkdev/std'
import type { Upstreams } from './upstreams.ts'

const CONNECT_MS = 2000
/** Milliseconds for the answer to an upgrade: the service checks the key first. */
const ANSWER_MS = 10_000
const MAX_SOCKETS = 20_000
/** An instance that drains or is full; nothing has happened there. */
const REFUSED = Buffer.from('HTTP/1.1 503 ')
/** The service that handles the sockets of an address. */
function serviceOf(path: string): ServiceName | undefined {
  if (path === '/ws') return 'spoke-broker'
  return path.startsWith('/v1/') ? 'inference-proxy' : undefined
}

/** Headers about the origin of a request, which only the gateway sets. */
const REPLACED: ReadonlySet<string> = new Set([
  RELAY_HEADER,
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
])

function headOf(
  { method, url, rawHeaders }: IncomingMessage,
  clientAddress: string,
  instanceId: string,
): string {
  const lines = [`${method} ${url} HTTP/1.1`]
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!REPLACED.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[at + 1] ?? ''}`)
  }
  lines.push(`x-forwarded-for: ${clientAddress}`, `${RELAY_HEADER}: ${instanceId}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

function refuse(socket: Duplex, status: string, error: CodedError): void {
  const body = JSON.stringify(problemOf(error, uuidv7()))
  endSocket(
    socket,
    `HTTP/1.1 ${status}\r\ncontent-type: ${PROBLEM_CONTENT_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nretry-after: 1\r\nconnection: close\r\n\r\n${body}`,
  )
}

/** A connection to `url`, or undefined when it can't be made in time. */
async function open(url: string): Promise<Socket | undefined> {
  const { hostname, port } = new URL(url)
  const socket = connect({
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port || 80),
    noDelay: true,
    // A service that refuses a frame ends its side while the client still sends.
    allowHalfOpen: true,
  })
  const { promise, resolve } = deferred<boolean>()
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  const connected = await withTimeout(promise, {
    ms: CONNECT_MS,
    what: 'The connection',
    onTimeout: () => false,
  })
  if (connected) return socket
  socket.destroy()
  return undefined
}

/** The first bytes of the answer, after which the connection is paused; undefined when it ends before, or none arrives in time. */
async function firstPiece(upstream: Socket): Promise<Buffer | undefined> {
  const { promise, resolve } = deferred<Buffer | undefined>()
  upstream.once('data', (piece: Buffer) => {
    upstream.pause()
    resolve(piece)
  })
  upstream.once('end', () => resolve(undefined))
  upstream.once('close', () => resolve(undefined))
  upstream.on('error', () => resolve(undefined))
  return withTimeout(promise, {
    ms: ANSWER_MS,
    what: 'The answer to the upgrade',
    onTimeout: () => undefined,
  })
}

export interface SocketRelayOptions {
  /** The gateway's own id: the brokers ask its sockets to move when its lease says that it drains. */
  instanceId(): string
  readonly draining: AbortSignal
  /** Of the client, behind the proxies that are trusted. */
  clientAddress(request: IncomingMessage): string
  /** Called when a relayed connection fails; both of its sides are closed. */
  readonly onError: (error: Error) => void
}

/**
 * Relays WebSockets to a spoke-broker or an inference-proxy, byte by byte: the service handles the upgrade, its key and its frames. An instance that
 * refuses the upgrade with 503 is passed over. Backpressure of one side reaches the other, and when one side ends so does the other; a client that
 * still sends then has 5 s to read the last bytes of the service.
 */
export class SocketRelay {
  readonly #upstreams: Upstreams
  readonly #options: SocketRelayOptions
  readonly #pairs = new Set<readonly [Duplex, Socket]>()
  /** Upgrades that no instance has answered yet. */
  #opening = 0
  #idle = deferred<void>()

  constructor(upstreams: Upstreams, options: SocketRelayOptions) {
    this.#upstreams = upstreams
    this.#options = options
  }

  get size(): number {
    return this.#pairs.size
  }

  /** Takes over an upgrade request; addresses other than `/ws` and those below `/v1` get 404. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const service = serviceOf(request.url?.split('?', 1)[0] ?? '')
    if (service === undefined) {
      const error = new CodedError('OPERATION_NOT_FOUND', 'This address does not exist.')
      refuse(socket, '404 Not Found', error)
    } else if (this.#pairs.size + this.#opening >= MAX_SOCKETS) {
      const error = new CodedError(
        'OVERLOADED',
        `This gateway relays ${MAX_SOCKETS} sockets, the maximum; try another instance.`,
      )
      refuse(socket, '503 Service Unavailable', error)
    } else if (this.#options.draining.aborted) {
      const error = new CodedError('UNAVAILABLE', 'This instance is draining.')
      refuse(socket, '503 Service Unavailable', error)
    } else {
      this.#opening += 1
      void this.#relay(service, request, socket, head).finally(() => (this.#opening -= 1))
    }
  }

  async #relay(
    service: ServiceName,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    let refused = false
    for await (const { url } of this.#upstreams.candidates(service)) {
      const upstream = await open(url)
      if (socket.destroyed) {
        upstream?.destroy()
        return
      }
      if (upstream === undefined) continue
      const address = this.#options.clientAddress(request)
      upstream.write(headOf(request, address, this.#options.instanceId()))
      if (head.length > 0) upstream.write(head)
      const answer = await firstPiece(upstream)
      if (socket.destroyed) {
        upstream.destroy()
        return
      }
      // The leases that this process has read may be half a second old.
      if (answer === undefined || answer.subarray(0, REFUSED.length).equals(REFUSED)) {
        refused ||= answer !== undefined
        upstream.destroy()
        continue
      }
      socket.write(answer)
      this.#join(socket, upstream)
      return
    }
    const why = refused ? 'takes a socket now: each one drains or is full' : 'can be reached now'
    const error = new CodedError('PROVIDER_UNAVAILABLE', `No ${service} ${why}.`)
    refuse(socket, '503 Service Unavailable', error)
  }

  #join(socket: Duplex, upstream: Socket): void {
    const pair = [socket, upstream] as const
    this.#pairs.add(pair)
    // A half-closed WebSocket can be closed: its closing handshake is over by then, or the service reads no more.
    upstream.once('end', () => upstream.destroy())
    upstream.once('close', () => endSocket(socket))
    upstream.on('error', (error) => this.#options.onError(error))
    socket.once('close', () => {
      upstream.destroy()
      this.#pairs.delete(pair)
      if (this.#pairs.size > 0) return
      this.#idle.resolve()
      this.#idle = deferred()
    })
    if (socket instanceof Object && 'setNoDelay' in socket) (socket as Socket).setNoDelay(true)
    socket.pipe(upstream)
    upstream.pipe(socket, { end: false })
  }

  /** Waits until every relayed socket has ended, or the time is over. The brokers see the lease and ask the peers to move. */
  async drain(signal: AbortSignal): Promise<void> {
    if (this.#pairs.size === 0 || signal.aborted) return
    await unlessAborted(this.#idle.promise, signal).catch(() => undefined)
  }

  /** Closes the remaining sockets. */
  close(): void {
    for (const [socket, upstream] of this.#pairs) {
      socket.destroy()
      upstream.destroy()
    }
  }
}
