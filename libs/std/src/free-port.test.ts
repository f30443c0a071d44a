import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { freePort, isPortFree } from './free-port.ts'

test('a free port lies below those of outgoing connections, and counts as taken while a server listens there', async () => {
  const port = await freePort()
  expect([port >= 12_000, port < 28_000]).toEqual([true, true])
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  expect(await isPortFree(port)).toBe(false)
  server.close()
  await once(server, 'close')
  expect(await isPortFree(port)).toBe(true)
})
