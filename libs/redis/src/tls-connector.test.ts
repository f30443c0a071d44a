import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { TlsConnector } from './tls-connector.ts'

test('an error of a socket after its first one has a listener', async () => {
  // Answers the greeting of TLS with something else.
  const server = createServer((socket) => socket.on('error', () => undefined).end('no TLS here'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = server.address() as AddressInfo
    const connector = new TlsConnector({ host: '127.0.0.1', port, tls: {}, disconnectTimeout: 50 })
    const socket = await connector.connect()
    const [first] = await once(socket, 'error')
    expect(connector.firstError).toBe(first)
    // Without a listener this throws.
    expect(socket.emit('error', new Error('second'))).toBe(true)
    expect(connector.firstError).toBe(first)
  } finally {
    server.close()
  }
})

test('a connection that was given up before its socket is made is refused', async () => {
  const connector = new TlsConnector({ host: '127.0.0.1', port: 1, tls: {} })
  const connecting = connector.connect()
  connector.disconnect()
  await expect(connecting).rejects.toThrow('Connection is closed.')
})
