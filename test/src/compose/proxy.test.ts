import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { hasHaproxy, startHaproxy } from './haproxy.ts'

const hasProxy = hasHaproxy()
const reason = hasProxy ? '' : ' (skipped: there is no haproxy here)'

/** A server behind the proxy that answers with what it got. `/stream` sends parts on demand. */
class Backend implements AsyncDisposable {
  readonly name: string
  ready = true
  readonly #server: Server
  readonly #streams = new Set<(part: string) => void>()

  constructor(name: string) {
    this.name = name
    this.#server = createServer((request, response) => {
      const { url = '/', headers } = request
      if (url === '/livez') return response.end()
      if (url === '/readyz') return response.writeHead(this.ready ? 200 : 503).end()
      if (url === '/stream') {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
        this.#streams.add((part) => void response.write(part))
        return undefined
      }
      return response.end(JSON.stringify({ name, url, headers }))
    })
    const sockets = new WebSocketServer({ server: this.#server })
    sockets.on('connection', (socket) =>
      socket.on('message', (data: Buffer) => socket.send(`${name} ${data.toString()}`)),
    )
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  send(part: string): void {
    for (const send of this.#streams) send(part)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

const gateways = [new Backend('gateway-1'), new Backend('gateway-2')] as const
const models = [new Backend('inference-1')] as const
const all = [...gateways, ...models]
let url = ''
let health = ''
const stack = new AsyncDisposableStack()

beforeAll(async () => {
  if (!hasProxy) return
  for (const one of all) {
    await one.start()
    stack.use(one)
  }
  const servers = { gateway: gateways, 'inference-proxy': models }
  ;({ url, health } = stack.use(await startHaproxy(servers, '192.0.2.1 127.0.0.2')))
})
afterAll(() => stack.disposeAsync())

interface Seen {
  readonly name: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

const ask = async (path: string, headers: Record<string, string> = {}): Promise<Seen> =>
  (await (await fetch(url + path, { headers })).json()) as Seen

test.skipIf(!hasProxy)(`requests for models skip the gateway${reason}`, async () => {
  expect((await ask('/v1/models?x=1')).name).toBe('inference-1')
  for (const path of ['/', '/v1', '/v10/x', '/api/operations/v1/', '/console', '/mcp'])
    expect([path, (await ask(path)).name]).toEqual([path, expect.stringMatching(/^gateway-/)])
  const names = new Set<string>()
  await vi.waitFor(async () => {
    names.add((await ask('/')).name)
    expect(names.size).toBe(2)
  })
})

test.skipIf(!hasProxy)(`what a client says of itself is replaced${reason}`, async () => {
  const { headers } = await ask('/', {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-host': 'hub.example.com',
    'x-forwarded-proto': 'https',
  })
  expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' })
  expect(headers['x-forwarded-host']).toBeUndefined()
})

test.skipIf(!hasProxy)(
  `of what a trusted proxy passes on, its client has written all but the last address${reason}`,
  async () => {
    const seen = async (forwarded: string | string[] | undefined): Promise<unknown> => {
      const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
      const sent = request(url, { localAddress: '127.0.0.2', headers, agent: false }).end()
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      return ((await json(answer)) as Seen).headers['x-forwarded-for']
    }
    expect(await seen('203.0.113.7')).toBe('203.0.113.7')
    expect(await seen('198.51.100.1, 203.0.113.5')).toBe('203.0.113.5')
    expect(await seen(['198.51.100.1', '203.0.113.5'])).toBe('203.0.113.5')
    // Two proxies that are both trusted: the first one says who its client is.
    expect(await seen('203.0.113.7, 192.0.2.1')).toBe('203.0.113.7, 192.0.2.1')
    expect(await seen(undefined)).toBeUndefined()
  },
)

test.skipIf(!hasProxy)(
  `an instance that drains gets no new requests, and what is open there goes on${reason}`,
  async () => {
    const [first, second] = gateways
    second.ready = false
    await vi.waitFor(async () => {
      const names = await Promise.all(Array.from({ length: 6 }, async () => (await ask('/')).name))
      expect(new Set(names)).toEqual(new Set(['gateway-1']))
    })
    const response = await fetch(`${url}/stream`)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const socket = new WebSocket(url.replace('http', 'ws'))
    await once(socket, 'open')
    second.ready = true
    first.ready = false
    await vi.waitFor(async () => expect((await ask('/')).name).toBe('gateway-2'))
    first.send('data: 1\n\n')
    expect((await reader?.read())?.value).toBe('data: 1\n\n')
    const answer = once(socket, 'message')
    socket.send('hello')
    expect(String((await answer)[0])).toBe('gateway-1 hello')
    socket.close()
    await reader?.cancel()
    first.ready = true
  },
)

test.skipIf(!hasProxy)(
  `while no instance is ready, those that run get the requests; while none runs, the answer is a problem${reason}`,
  async () => {
    for (const one of gateways) one.ready = false
    await vi.waitFor(async () => expect((await fetch(health)).status).toBe(503))
    expect((await ask('/')).name).toMatch(/^gateway-/)
    for (const one of all) await one[Symbol.asyncDispose]()
    const answer = await vi.waitUntil(async () => {
      const one = await fetch(`${url}/api/operations/accounts.me`)
      return one.headers.get('content-type') === 'application/problem+json' && one
    })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await answer.json()).toMatchObject({ code: 'UNAVAILABLE', status: 503 })
  },
)
