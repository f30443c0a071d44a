// A spoke in a process of its own. Arguments: `bare` (a WebSocket that knows the frames) or `library`, URL, key, name, number of spokes, seconds after
// which no more are attached. Says `ready` and how many there are.
import type { Socket } from 'node:net'
import { attachSpoke, query } from '@alkdev/spoke'
import { sleep } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { WebSocket } from 'ws'

const [, , mode = '', url = '', key = '', name = '', count = '1', seconds = '600'] = process.argv
let attached = 0
const Echo = Type.Object({ text: Type.String(), n: Type.Integer() })
const spec = {
  namespace: 'bench',
  name: 'echo',
  version: '1.0.0',
  type: 'query',
  description: 'Echoes.',
  inputSchema: Echo,
  outputSchema: Echo,
  accessControl: { requiredScopes: ['bench:run'] },
}

/** Attaches and answers at once. `slow` calls are never answered; frames about them are forwarded to the parent. */
async function attachBare(own: string): Promise<void> {
  while (!(await attachOnce(own))) await sleep(200)
}

function attachOnce(own: string): Promise<boolean> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
    perMessageDeflate: false,
    headers: { authorization: `Bearer ${key}` },
  })
  // One write for all answers of a turn of the event loop, as the spoke library does.
  let tcpSocket: Socket | undefined
  socket.once('upgrade', (response) => {
    tcpSocket = response.socket
  })
  const input = {
    protocol: 1,
    name: own,
    spokeType: 'client',
    operations:
      Number(count) > 1 ? [spec] : [spec, { ...spec, name: 'slow', type: 'mutation', pool: false }],
  }
  return new Promise((resolve) => {
    socket.on('error', (error) => {
      process.stderr.write(`${own}: ${error.message}\n`)
      resolve(false)
    })
    socket.on('open', () => {
      const payload = { requestId: 'r', operationId: 'hub.register', input }
      socket.send(JSON.stringify({ type: 'call.requested', id: 'r', payload }))
    })
    socket.on('message', (data: Buffer) => {
      const { type, id, payload } = JSON.parse(data.toString()) as {
        type: string
        id: string
        payload: { operationId: string; input: unknown }
      }
      if (id === 'r') resolve(type === 'call.responded')
      if (type === 'call.aborted') {
        process.send?.(`aborted ${Date.now() + (performance.now() % 1)}`)
        const error = { requestId: id, code: 'ABORTED', message: 'stopped' }
        socket.send(JSON.stringify({ type: 'call.error', id, payload: error }))
      }
      if (type !== 'call.requested') return
      if (payload.operationId === 'bench.slow') {
        process.send?.('started')
        return
      }
      const meta = { source: 'local', operationId: 'bench.echo', timestamp: Date.now() }
      const output = { data: payload.input, meta }
      const answer = { requestId: id, output, timestamp: Date.now() }
      if (tcpSocket?.writableCorked === 0) {
        tcpSocket.cork()
        process.nextTick(() => tcpSocket?.uncork())
      }
      socket.send(JSON.stringify({ type: 'call.responded', id, payload: answer }))
    })
  })
}

if (mode === 'library') {
  const operations = [
    query(
      {
        id: 'bench.echo',
        description: 'Echoes.',
        input: Echo,
        output: Echo,
        scopes: ['bench:run'],
      },
      (input) => input,
    ),
  ]
  const names = Array.from({ length: Number(count) }, (_, n) =>
    count === '1' ? name : `${name}-${n}`,
  )
  await Promise.all(
    names.map((own) => attachSpoke({ hub: url, key, name: own, operations }).attached()),
  )
  attached = names.length
} else {
  const all = Number(count)
  while (attached < all && performance.now() < Number(seconds) * 1000) {
    const from = attached
    const some = Array.from({ length: Math.min(20, all - from) }, (_, n) =>
      attachBare(all === 1 ? name : `${name}-${from + n}`),
    )
    await Promise.all(some)
    attached += some.length
  }
}
process.send?.(`ready ${attached}`)
process.on('disconnect', () => process.exit())
