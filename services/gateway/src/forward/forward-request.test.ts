import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeHttpApp, createHttpApp, listenHttpApp } from '@alkdev/http'
import type { InstanceInfo } from '@alkdev/bus'
import type { FastifyBaseLogger } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { forwardRequest } from './forward-request.ts'
import { instance, leases } from '../testing/instances.ts'
import { Upstreams } from './upstreams.ts'

const quiet = (): void => undefined
const silent: FastifyBaseLogger = {
  level: 'silent',
  fatal: quiet,
  error: quiet,
  warn: quiet,
  info: quiet,
  debug: quiet,
  trace: quiet,
  silent: quiet,
  child: () => silent,
}

async function portOf(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

/** An app that forwards `/v1/*` to the instances. */
async function relayTo(instances: () => readonly InstanceInfo[]) {
  const upstreams = new Upstreams(leases(instances))
  const app = createHttpApp({
    logger: silent,
    health: { ready: () => true, report: () => ({}), metrics: () => Promise.resolve('') },
  })
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
    scope.all('/v1/*', async (request, reply) => {
      await forwardRequest(upstreams, 'inference-proxy', request, reply, Infinity)
      return reply
    })
  })
  onTestFinished(async () => {
    await closeHttpApp(app, 100)
    await upstreams.close()
  })
  return { url: await listenHttpApp(app, { host: '127.0.0.1', port: 0 }), upstreams }
}

test('a request whose instance is unreachable goes to the next one with its whole body', async () => {
  const gone = createServer()
  const dead = await portOf(gone)
  gone.close()
  const echo = createServer((request, response) => void request.pipe(response))
  const alive = await portOf(echo)
  onTestFinished(() => void echo.close())
  const { url } = await relayTo(() => [instance(dead), instance(alive, 9)])
  const body = 'x'.repeat(300_000)
  for (let at = 0; at < 10; at += 1) {
    const answer = await fetch(`${url}/v1/echo`, { method: 'POST', body })
    expect(await answer.text()).toBe(body)
  }
})

test('a request whose instance disconnects before the answer fails with PROVIDER_LOST and is not repeated', async () => {
  let requests = 0
  const breaking = createServer((request) => {
    requests += 1
    request.socket.destroy()
  })
  const port = await portOf(breaking)
  onTestFinished(() => void breaking.close())
  const { url } = await relayTo(() => [instance(port), instance(port)])
  const answer = await fetch(`${url}/v1/x`, { method: 'POST', body: 'x' })
  expect(answer.status).toBe(502)
  expect(await answer.json()).toMatchObject({
    error: { code: 'provider_lost', type: 'server_error' },
  })
  expect(requests).toBe(1)
})

test('an answer that ends too early ends with an error for the client', async () => {
  const half = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setTimeout(() => response.destroy(), 20)
  })
  const port = await portOf(half)
  onTestFinished(() => void half.close())
  const { url } = await relayTo(() => [instance(port)])
  const answer = await fetch(`${url}/v1/x`)
  await expect(answer.text()).rejects.toThrow('terminated')
})
