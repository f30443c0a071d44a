import { connect, createServer } from 'node:net'
import { startPostgres, startRedis } from '@alkdev/cli/local-servers'

// PostgreSQL or Redis on the host of this process: KIND FOLDER ADDRESS PORT. Both listen on the loopback only, so this passes connections on.
const [, , kind, folder = '', address, port] = process.argv
const { TEST_PASSWORD: password = '' } = process.env
const server =
  kind === 'postgres'
    ? await startPostgres({ keepIn: () => Promise.resolve(folder) })
    : await startRedis({ keepIn: folder, password })

createServer((client) => {
  const upstream = connect({ host: '127.0.0.1', port: server.port, noDelay: true })
  client.setNoDelay(true)
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('error', () => undefined)
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
}).listen(Number(port), address)

process.once('SIGTERM', () => void server[Symbol.asyncDispose]().then(() => process.exit()))
