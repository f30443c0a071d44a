import { request } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { sleep } from '@alkdev/std'
import { WebSocket } from 'ws'
import { codeIn } from './probes.ts'

export interface Target {
  readonly gateway: string
  readonly key: string
}

/** What a stage found that must not be; empty when everything was as it must be. */
export type Findings = readonly string[]

/** Clients that send a byte of their headers now and then: each must be ended by the server, within `withinMs`. */
export async function slowLoris(
  { gateway }: Target,
  clients: number,
  withinMs: number,
): Promise<Findings> {
  const { hostname, port } = new URL(gateway)
  const open: Socket[] = []
  const ended = new Set<Socket>()
  for (let at = 0; at < clients; at++) {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.on('error', () => undefined)
    socket.once('close', () => ended.add(socket))
    socket.resume()
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: ')
    open.push(socket)
  }
  const deadline = Date.now() + withinMs
  while (ended.size < open.length && Date.now() < deadline) {
    for (const socket of open) if (socket.writable) socket.write('a')
    await sleep(250)
  }
  const left = clients - ended.size
  for (const socket of open) socket.destroy()
  return left === 0 ? [] : [`${left} of ${clients} slow clients were never ended`]
}

/** Bodies, headers and addresses beyond the limits: each is refused with a status, although it is still being sent. */
export async function oversized({ gateway, key }: Target): Promise<Findings> {
  const [big, huge] = ['x'.repeat(1.5 * 1024 * 1024), 'x'.repeat(12 * 1024 * 1024)]
  const findings: string[] = []
  const statuses = await Promise.all([
    sendRaw(gateway, '/api/operations/projects.list', key, {}, `{"pad":"${big}"}`),
    sendRaw(
      gateway,
      '/mcp',
      key,
      {},
      `{"jsonrpc":"2.0","id":1,"method":"x","params":{"p":"${big}"}}`,
    ),
    sendRaw(gateway, '/api/operations/projects.list', key, { 'x-pad': 'y'.repeat(70_000) }, '{}'),
    sendRaw(gateway, `/api/operations/${'z'.repeat(70_000)}`, key, {}, '{}'),
    sendRaw(gateway, '/api/operations/projects.list', key, {}, `{"pad":"${huge}"}`),
  ])
  // What is left of a body is read for 5 s: on a busy machine one of 12 MiB may take longer, and its connection ends.
  const wanted = [[413], [413], [431], [414, 431, 404], [413, 0]]
  for (const [at, status] of statuses.entries())
    if (wanted[at]?.includes(status) !== true)
      findings.push(`oversized request ${at} was answered with ${status}`)
  const end = await sendFrame({ gateway, key }, huge)
  if (end !== '1009') findings.push(`a frame of 12 MiB ended its socket with ${end}`)
  return findings
}

/** The code with which a socket is closed that has sent one frame, and what happened before when that is not clear from it. */
function sendFrame({ gateway, key }: Target, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${gateway.replace('http', 'ws')}/ws`, {
      headers: { authorization: `Bearer ${key}` },
      handshakeTimeout: 20_000,
    })
    let before = ' before it was open'
    const timer = setTimeout(() => {
      before += ' after 20 s'
      socket.terminate()
    }, 20_000)
    socket.once('open', () => {
      before = ''
      socket.send(text)
    })
    socket.once('error', ({ message }) => (before += ` (${message})`))
    socket.once('close', (code) => {
      clearTimeout(timer)
      resolve(code === 1009 ? '1009' : `${code}${before}`)
    })
  })
}

/** The status; 0 when the connection was closed instead. */
function sendRaw(
  gateway: string,
  path: string,
  key: string,
  headers: Record<string, string>,
  body: string,
): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(
      `${gateway}${path}`,
      {
        method: 'POST',
        agent: false,
        headers: {
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
        timeout: 20_000,
      },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    sent.once('error', () => resolve(0))
    sent.once('timeout', () => sent.destroy())
    sent.end(body)
  })
}

/** Requests with keys that do not exist: each is refused, and the good key is served meanwhile. */
export async function badKeys({ gateway, key }: Target, requests: number): Promise<Findings> {
  const findings = new Set<string>()
  const left = Array.from({ length: requests }, () => `alk_${crypto.randomUUID()}`)
  let served = 0
  const flood = async (): Promise<void> => {
    for (let bad = left.pop(); bad !== undefined; bad = left.pop()) {
      const response = await fetch(`${gateway}/api/operations/projects.list`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${bad}`,
          'content-type': 'application/json',
        },
        body: '{}',
        signal: AbortSignal.timeout(20_000),
      })
      const end = codeIn(response.status, await response.text())
      if (end !== 'UNAUTHENTICATED' && end !== 'RATE_LIMITED' && end !== 'OVERLOADED')
        findings.add(`a bad key was answered with ${response.status} ${end}`)
    }
  }
  const good = async (): Promise<void> => {
    while (left.length > 0) {
      const response = await fetch(`${gateway}/api/operations/projects.list`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: '{}',
        signal: AbortSignal.timeout(20_000),
      })
      await response.text()
      if (response.status === 200) served += 1
      else findings.add(`the good key was answered with ${response.status} during the flood`)
    }
  }
  await Promise.all([good(), ...Array.from({ length: 16 }, () => flood())])
  if (served === 0) findings.add('the good key was not served during the flood')
  return [...findings]
}

/** Sockets that are opened at the same time: each opens or is refused with a status, and all live until they are closed. */
export async function manySockets({ gateway, key }: Target, count: number): Promise<Findings> {
  const url = `${gateway.replace('http', 'ws')}/ws`
  const ends: Record<string, number> = {}
  const add = (end: string): void => void (ends[end] = (ends[end] ?? 0) + 1)
  let closing = false
  const sockets = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<WebSocket | undefined>((resolve) => {
          const socket = new WebSocket(url, {
            headers: { authorization: `Bearer ${key}` },
            handshakeTimeout: 30_000,
          })
          socket.once('open', () => {
            add('open')
            resolve(socket)
          })
          socket.once('unexpected-response', (_sent, response) => {
            add(`status ${response.statusCode}`)
            socket.terminate()
            resolve(undefined)
          })
          socket.on('error', () => {
            if (socket.readyState !== WebSocket.OPEN) add('connection')
            resolve(undefined)
          })
          socket.once('close', () => {
            if (!closing) add('closed early')
          })
        }),
    ),
  )
  const open = sockets.flatMap((socket) => socket ?? [])
  await Promise.all(
    open.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.once('pong', () => resolve())
          setTimeout(resolve, 20_000).unref()
          socket.ping()
        }),
    ),
  )
  const alive = open.filter((socket) => socket.readyState === WebSocket.OPEN).length
  closing = true
  for (const socket of open) socket.terminate()
  const refused = ends['status 503'] ?? 0
  const limited = ends['status 429'] ?? 0
  return alive + refused + limited === count
    ? []
    : [`of ${count} sockets ${alive} lived: ${JSON.stringify(ends)}`]
}
