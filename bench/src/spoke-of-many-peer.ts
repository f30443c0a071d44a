// A bare spoke with many operations that it never answers. Arguments: URL, key, name, number of operations.
import { WebSocket } from 'ws'

const [, , url = '', key = '', name = '', count = '0'] = process.argv
const text = { type: 'string', minLength: 1, maxLength: 1000 }

/** Two of three schemas are the same for all operations, as for operations of one library. */
const operations = Array.from({ length: Number(count) }, (_, at) => ({
  namespace: `${name}-area-${at % 20}`,
  name: `operation-${at}`,
  version: '1.0.0',
  type: 'query',
  description: `Reads the entries ${at} of an area and returns those that fit, at most as many as asked for.`,
  inputSchema: {
    type: 'object',
    properties: { path: text, filter: text, limit: { type: 'integer', maximum: 1000 } },
    required: ['path'],
    ...(at % 3 === 0 && { description: `The query of ${at}.` }),
  },
  outputSchema: {
    type: 'object',
    properties: { items: { type: 'array', items: text }, total: { type: 'integer' } },
    required: ['items'],
  },
  accessControl: { requiredScopes: ['bench:run'] },
  pool: false,
}))
const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, {
  perMessageDeflate: false,
  headers: { authorization: `Bearer ${key}` },
})
socket.on('error', (error) => {
  throw error
})
socket.on('open', () => {
  const input = { protocol: 1, name, spokeType: 'client', operations }
  const payload = { requestId: 'r', operationId: 'hub.register', input }
  socket.send(JSON.stringify({ type: 'call.requested', id: 'r', payload }))
})
socket.on('message', (data: Buffer) => {
  const { type, id, payload } = JSON.parse(data.toString()) as {
    type: string
    id: string
    payload: unknown
  }
  if (id !== 'r') return
  if (type !== 'call.responded') throw new Error(JSON.stringify(payload))
  process.send?.('ready')
})
