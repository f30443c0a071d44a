// Moleculer over Redis. Arguments: `worker` or `web`, Redis URL.
import type { Server } from 'node:http'
import { freePort } from '@alkdev/cli/local-servers'
import { ServiceBroker } from 'moleculer'
import ApiGateway from 'moleculer-web'

const [, , role = '', redis = ''] = process.argv
const { hostname, port, password } = new URL(redis)
const broker = new ServiceBroker({
  nodeID: role,
  namespace: 'bench',
  logger: false,
  transporter: { type: 'Redis', options: { host: hostname, port: Number(port), password } },
  requestTimeout: 30_000,
})
let said = 'ready'
if (role === 'worker') {
  broker.createService({
    name: 'bench',
    actions: {
      echo: {
        params: { text: 'string', n: 'number' },
        handler: (context: { params: unknown }) => context.params,
      },
    },
  })
} else {
  const webPort = await freePort()
  said = `http://127.0.0.1:${webPort}`
  broker.createService({
    name: 'web',
    mixins: [ApiGateway as object],
    settings: {
      port: webPort,
      ip: '127.0.0.1',
      routes: [{ path: '/', aliases: { 'POST echo': 'bench.echo' }, bodyParsers: { json: true } }],
    },
  })
}
await broker.start()
// The contenders take turns: a connection is idle for longer than the 5 s of Node's default.
if (role === 'web')
  (broker.getLocalService('web') as unknown as { server: Server }).server.keepAliveTimeout = 600_000
if (role === 'web') await broker.waitForServices(['bench'])
process.send?.(said)
