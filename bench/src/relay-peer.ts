// The floor of a broker: a process that passes frames on between a caller and a worker. Argument: `relay` or `worker URL`.
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

const [, , role, url = ''] = process.argv
if (role === 'worker') {
  const socket = new WebSocket(`${url}/worker`, { perMessageDeflate: false })
  socket.on('open', () => process.send?.('ready'))
  socket.on('message', (data: Buffer) => {
    const { id, input } = JSON.parse(data.toString()) as { id: string; input: unknown }
    socket.send(JSON.stringify({ id, output: input }))
  })
} else {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  let worker: WebSocket | undefined
  const callers = new Map<string, WebSocket>()
  server.on('connection', (socket, request) => {
    const isWorker = request.url === '/worker'
    if (isWorker) worker = socket
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { id: string }
      if (isWorker) {
        callers.get(frame.id)?.send(JSON.stringify(frame))
        callers.delete(frame.id)
      } else {
        callers.set(frame.id, socket)
        worker?.send(JSON.stringify(frame))
      }
    })
  })
  server.on('listening', () =>
    process.send?.(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`),
  )
}
