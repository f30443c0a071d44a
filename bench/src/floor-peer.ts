// The baseline of the path gateway -> Redis -> broker -> spoke: the same processes with node:http, Redis pub/sub, ws and JSON, and nothing else.
// All frames that a turn of the event loop sends to one side are one message. Arguments: `gateway` or `broker` and the Redis URL, or `spoke` and the broker's URL.
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { WebSocket, WebSocketServer } from 'ws'

interface Frame {
  readonly id: number
  readonly value: unknown
}

const [, , role, url = ''] = process.argv
const ready = (port: number): void => void process.send?.(`http://127.0.0.1:${port}`)

/** Calls `flush` with what a turn of the event loop added. */
function batched(flush: (frames: Frame[]) => void): (frame: Frame) => void {
  let waiting: Frame[] = []
  return (frame) => {
    if (waiting.push(frame) > 1) return
    setImmediate(() => {
      flush(waiting)
      waiting = []
    })
  }
}

async function channel(receive: string, send: string, onFrame: (frame: Frame) => void) {
  const [publisher, subscriber] = [new Redis(url), new Redis(url)]
  subscriber.on('message', (_channel, text: string) => {
    for (const frame of JSON.parse(text) as Frame[]) onFrame(frame)
  })
  await subscriber.subscribe(receive)
  return batched((frames) => void publisher.publish(send, JSON.stringify(frames)))
}

if (role === 'gateway') {
  const pending = new Map<number, ServerResponse>()
  let next = 0
  const send = await channel('floor:answers', 'floor:calls', ({ id, value }) => {
    const text = JSON.stringify(value)
    const length = Buffer.byteLength(text)
    pending
      .get(id)
      ?.writeHead(200, { 'content-type': 'application/json', 'content-length': length })
      .end(text)
    pending.delete(id)
  })
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      pending.set(++next, response)
      send({ id: next, value: JSON.parse(body) })
    })
  }).listen(0, '127.0.0.1', () => ready((server.address() as AddressInfo).port))
  // The contenders take turns: a connection is idle for longer than the 5 s of Node's default.
  server.keepAliveTimeout = 600_000
} else if (role === 'broker') {
  let spoke: WebSocket | undefined
  const send = batched((frames) => spoke?.send(JSON.stringify(frames)))
  const answer = await channel('floor:calls', 'floor:answers', send)
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  server.on('connection', (socket) => {
    spoke = socket
    socket.on('message', (data: Buffer) => {
      for (const frame of JSON.parse(data.toString()) as Frame[]) answer(frame)
    })
  })
  server.on('listening', () => ready((server.address() as AddressInfo).port))
} else {
  const socket = new WebSocket(url.replace('http', 'ws'), { perMessageDeflate: false })
  const answer = batched((frames) => socket.send(JSON.stringify(frames)))
  socket.on('open', () => process.send?.('ready'))
  socket.on('message', (data: Buffer) => {
    for (const { id, value } of JSON.parse(data.toString()) as Frame[])
      answer({ id, value: { data: value } })
  })
}
