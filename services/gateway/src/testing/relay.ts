import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { InstanceInfo } from '@alkdev/bus'
import { closeHttpApp, createHttpApp, listenHttpApp } from '@alkdev/http'
import type { HttpAppOptions } from '@alkdev/http'
import { silentLogger } from '@alkdev/http/testing'
import { onTestFinished } from 'vitest'
import { forwardRequest } from '../forward/forward-request.ts'
import { Upstreams } from '../forward/upstreams.ts'
import { leases } from './instances.ts'

/** Listens on a port of this machine. */
export async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

/** An app that forwards `/v1/*` to the instances. */
export async function relayTo(
  instances: () => readonly InstanceInfo[],
  options: Partial<HttpAppOptions> = {},
): Promise<{ readonly url: string; readonly upstreams: Upstreams }> {
  const upstreams = new Upstreams(leases(instances))
  const app = createHttpApp({
    logger: silentLogger,
    ...options,
    health: { ready: () => true, report: () => ({}), metrics: () => Promise.resolve('') },
  })
  const to = { upstreams, service: 'inference-proxy', mostBytes: Infinity } as const
  app.all(
    '/v1/*',
    { onRequest: (request, reply, _done) => forwardRequest(to, request, reply) },
    (_request, reply) => reply.code(500).send(),
  )
  onTestFinished(async () => {
    await closeHttpApp(app, 100)
    await upstreams.close()
  })
  return { url: await listenHttpApp(app, { host: '127.0.0.1', port: 0 }), upstreams }
}
