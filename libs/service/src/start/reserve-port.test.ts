import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { reservePort } from './reserve-port.ts'

const http = { host: '127.0.0.1', port: 0 } as Parameters<typeof reservePort>[0]

test('a chosen port is taken until it is released, and free at once afterwards', async () => {
  const reserved = await reservePort(http)
  const early = createServer()
  early.listen(reserved.port, '127.0.0.1')
  const [error] = await once(early, 'error')
  expect(error).toMatchObject({ code: 'EADDRINUSE' })
  reserved.release()
  const server = createServer()
  server.listen(reserved.port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
})

test('a port of the config is used as it is', async () => {
  expect((await reservePort({ ...http, port: 4000 })).port).toBe(4000)
})
