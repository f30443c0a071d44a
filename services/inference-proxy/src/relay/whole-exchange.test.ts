import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { wholeBody } from './decoded-body.ts'
import { exchangeWhole } from './whole-exchange.ts'
import type { WholeAnswer } from './whole-exchange.ts'

/** Asks a server that answers as the listener does. */
async function ask(
  listener: RequestListener,
  { mostBytes = 1000, signal = new AbortController().signal } = {},
): Promise<WholeAnswer> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const agent = new Agent()
  onTestFinished(async () => {
    await agent.destroy()
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return exchangeWhole(agent, { origin, path: '/', method: 'POST', body: '{}' }, mostBytes, signal)
}

test('the bytes of a good answer are collected, byte for byte', async () => {
  const bytes = Buffer.from([0, 255, 128, 65, 10])
  const answer = await ask((_, to) => {
    to.write(bytes.subarray(0, 2))
    setTimeout(() => to.end(bytes.subarray(2)), 20)
  })
  expect(answer.statusCode).toBe(200)
  expect(await answer.whole).toEqual(bytes)
})

test('one without a byte is empty', async () => {
  const answer = await ask((_, to) => void to.writeHead(204).end())
  expect(await answer.whole).toEqual(Buffer.alloc(0))
})

test('one over the limit is undefined', async () => {
  const answer = await ask((_, to) => void to.end('x'.repeat(1001)))
  expect(await answer.whole).toBeUndefined()
})

test.each([
  ['another status', 404, {}],
  ['an encoding', 200, { 'content-encoding': 'identity' }],
])('an answer with %s has a stream', async (_, status, headers) => {
  const text = 'y'.repeat(500_000)
  const answer = await ask((_request, to) => void to.writeHead(status, headers).end(text))
  expect([answer.statusCode, answer.whole]).toEqual([status, undefined])
  expect(String(await wholeBody(answer.body, 1_000_000))).toBe(text)
})

test('one that is cut rejects', async () => {
  const answer = await ask((_, to) => {
    to.writeHead(200, { 'content-length': 100 }).write('half')
    setTimeout(() => to.destroy(), 20)
  })
  await expect(answer.whole).rejects.toThrow(/closed/)
})

test('a connection that is closed before the answer, and a signal before and in it, reject', async () => {
  await expect(ask((request) => void request.socket.destroy())).rejects.toThrow(/closed/)
  const reason = new Error('the client has left')
  await expect(ask(() => undefined, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const before = new AbortController()
  const asked = ask(() => before.abort(reason), { signal: before.signal })
  await expect(asked).rejects.toBe(reason)
  const during = new AbortController()
  const answer = await ask((_, to) => void to.writeHead(200).write('half'), {
    signal: during.signal,
  })
  during.abort(reason)
  await expect(answer.whole).rejects.toBe(reason)
})
