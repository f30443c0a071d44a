import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { sleep } from '@alkdev/std'
import { Agent } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import type { Provider } from '../providers/provider.ts'
import { openUpstream } from './open-upstream.ts'
import type { OpenedUpstream } from './open-upstream.ts'

const provider = { name: 'rt' } as Provider

/** A server that does so with each request for a WebSocket, and a way to open one there. */
async function serverThat(
  answers: (socket: Duplex) => void,
): Promise<(limitMs: number, signal?: AbortSignal) => Promise<OpenedUpstream>> {
  const sockets: Duplex[] = []
  const server = createServer().on('upgrade', (_request, socket: Duplex) => {
    sockets.push(socket.on('error', () => undefined))
    answers(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = new Agent()
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await agent.destroy()
  })
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`)
  return (limitMs, signal = new AbortController().signal) =>
    openUpstream(agent, provider, url, {}, { signal, limitMs })
}

const SWITCH =
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'

test('the time for the opening does not end a socket that is open', async () => {
  const open = await serverThat((socket) => {
    socket.write(SWITCH)
    socket.pipe(socket)
  })
  const { socket } = await open(2000)
  socket.on('error', () => undefined)
  await sleep(2500)
  expect(socket.destroyed).toBe(false)
  const answer = once(socket, 'data')
  socket.write('still here')
  expect(String((await answer)[0])).toBe('still here')
  socket.destroy()
})

test('a provider that does not answer the handshake in time is TIMEOUT', async () => {
  const open = await serverThat(() => undefined)
  await expect(open(200)).rejects.toMatchObject({ code: 'TIMEOUT', httpStatus: 504 })
})

test('an opening ends with the reason of its signal', async () => {
  const ending = new AbortController()
  const open = await serverThat(() => ending.abort(new Error('The client left.')))
  await expect(open(60_000, ending.signal)).rejects.toThrow('The client left.')
})
