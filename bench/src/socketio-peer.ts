// Two Socket.IO nodes over a Redis adapter. Arguments: `node` or `worker`, Redis URL or URL of the node.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'

const [, , role = '', url = ''] = process.argv
if (role === 'worker') {
  const socket = io(url, { transports: ['websocket'] })
  socket.on('echo', (input: unknown, answer: (output: unknown) => void) => answer(input))
  socket.emit('work', () => process.send?.('ready'))
} else {
  const http = createServer()
  const options = { publishOnSpecificResponseChannel: true }
  const server = new Server(http, {
    adapter: createAdapter(new Redis(url), new Redis(url), options),
    transports: ['websocket'],
  })
  server.on('connection', (socket) => {
    socket.on('work', async (done: () => void) => {
      await socket.join('worker')
      done()
    })
    let target: string | undefined
    socket.on('call', async (input: unknown, answer: (output: unknown) => void) => {
      target ??= (await server.in('worker').fetchSockets())[0]?.id
      const [output] = (await server
        .to(target ?? '')
        .timeout(5000)
        .emitWithAck('echo', input)) as [unknown]
      answer(output)
    })
  })
  http.listen(0, '127.0.0.1', () =>
    process.send?.(`http://127.0.0.1:${(http.address() as AddressInfo).port}`),
  )
}
