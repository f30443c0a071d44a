// A server and its clients. The server decides who hears what; clients reconnect and subscribe again by themselves.
import { createPubSub } from '@alkdev/pubsub'
import { createWebSocketClientEventTarget } from '@alkdev/pubsub/event-target-websocket-client'
import { createWebSocketServerEventTarget } from '@alkdev/pubsub/event-target-websocket-server'
import { WebSocketServer } from 'ws'

type Events = { direct: string; hello: string }

// A socket is given to the target once it is open and you know who it is.
const target = createWebSocketServerEventTarget<string>({
  authorizeSubscribe: (topic, connection) => topic === `direct:${connection.identity}`,
})
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
server.on('connection', (socket, request) => {
  const name = new URL(request.url ?? '', 'ws://here').searchParams.get('name') ?? 'unknown'
  target.addConnection(socket, name)
})
await new Promise((resolve) => server.once('listening', resolve))
const { port } = server.address() as { port: number }

const hellos = createPubSub<Events>({ eventTarget: target }).subscribe('hello', '')
await hellos.ready()

const client = createWebSocketClientEventTarget(
  () => new WebSocket(`ws://127.0.0.1:${port}/?name=anna`),
)
const pubsub = createPubSub<Events>({ eventTarget: client, onError: () => {} })
const direct = pubsub.subscribe('direct', 'anna')
await direct.ready() // the server has confirmed it
pubsub.publish('hello', '', 'this is anna')

console.log('server received:', (await hellos.next()).value?.payload)
const receivers = await target.publish({ type: 'direct', id: 'anna', payload: 'hello anna' })
console.log('receivers:', receivers)
console.log('client received:', (await direct.next()).value?.payload)

await pubsub
  .subscribe('direct', 'bert')
  .next()
  .catch((error: { readonly code: string }) => console.log('another client:', error.code))

await client.close()
await target.close()
server.close()
