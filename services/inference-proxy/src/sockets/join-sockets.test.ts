import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { CodedError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import { expect, onTestFinished, test } from 'vitest'
import { joinSockets } from './join-sockets.ts'
import { ServerMessages } from './server-messages.ts'

const MIB = 1024 * 1024

/** Both ends of a connection: that of the hub, and that of its client. */
async function connection(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    allowHalfOpen: true,
  })
  const [here] = (await once(server, 'connection')) as [Socket]
  onTestFinished(() => {
    client.destroy()
    here.destroy()
    server.close()
  })
  return [here, client]
}

test('the close frame reaches a client that sends for a while before it reads', async () => {
  const [here, client] = await connection()
  const ending = new AbortController()
  const joined = joinSockets(here, new PassThrough(), {
    messages: new ServerMessages({ maxBytes: MIB, scrubber: () => undefined as never }),
    signal: ending.signal,
    idleMs: 60_000,
    mayGoOn: () => true,
  })
  ending.abort(new CodedError('UNAUTHENTICATED', 'The key is no longer valid.'))
  expect(await joined).toMatchObject({ endedBy: 'hub' })
  for (let at = 0; at < 12; at++) {
    if (!client.write(Buffer.alloc(MIB))) await once(client, 'drain')
    await sleep(100)
  }
  const frame = Buffer.concat(await client.toArray())
  expect([frame.readUInt8(0), frame.readUInt16BE(2)]).toEqual([0x88, 1008])
  client.end()
  await once(here, 'close')
})
