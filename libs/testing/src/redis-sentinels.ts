import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@alkdev/std/free-port'
import { commonLines, tlsLines, until } from './redis-cluster.ts'
import type { RedisServersOptions } from './redis-cluster.ts'
import { RedisProcess } from './redis-process.ts'

const NAME = 'hub'
const SENTINELS = 3
const DOWN_AFTER_MS = 1000

export interface TestRedisSentinels extends AsyncDisposable {
  readonly password: string
  readonly sentinelPassword: string
  /** The name of the primary. */
  readonly name: string
  /** `host:port` of each sentinel. */
  readonly nodes: readonly string[]
  /** The first is the primary at the beginning. */
  readonly servers: readonly [RedisProcess, RedisProcess]
  readonly sentinels: readonly RedisProcess[]
  /** Waits until a server that runs says that it is the primary, and the sentinels agree. */
  untilPrimary(server: RedisProcess): Promise<void>
  /** Makes a server that was killed or frozen a replica of the primary, as the sentinels do after some time, and waits until it has its data. */
  rejoin(server: RedisProcess): Promise<void>
}

/** Starts a primary, a replica and three sentinels on free loopback ports. */
export async function startRedisSentinels(
  options: RedisServersOptions = {},
): Promise<TestRedisSentinels> {
  const { tls } = options
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'redis-sentinels-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const [password, sentinelPassword] = ['server-password', 'sentinel-password']
  const own = { password, ...(tls && { ca: tls.ca }) }
  const serverOf = async (name: string, lines: readonly string[]): Promise<RedisProcess> => {
    const server = new RedisProcess({
      ...own,
      folder: join(folder, name),
      port: await freePort(),
      lines: [...commonLines(password, tls), ...lines],
    })
    stack.use(server)
    await server.start()
    return server
  }
  const primary = await serverOf('primary', [])
  const replica = await serverOf('replica', [`replicaof 127.0.0.1 ${primary.port}`])
  await until(async () =>
    (await replica.ask('INFO', 'replication')).includes('master_link_status:up'),
  )
  const sentinels: RedisProcess[] = []
  for (let at = 0; at < SENTINELS; at += 1) {
    const sentinel = new RedisProcess({
      ...own,
      password: sentinelPassword,
      folder: join(folder, `sentinel-${at}`),
      port: await freePort(),
      args: ['--sentinel'],
      lines: [
        ...['bind 127.0.0.1', `requirepass ${sentinelPassword}`, ...tlsLines(tls)],
        `sentinel monitor ${NAME} 127.0.0.1 ${primary.port} 2`,
        `sentinel auth-pass ${NAME} ${password}`,
        `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
        `sentinel failover-timeout ${NAME} 5000`,
      ],
    })
    stack.use(sentinel)
    await sentinel.start()
    sentinels.push(sentinel)
  }
  // Each knows the replica and the two other sentinels.
  await until(async () => {
    const infos = await Promise.all(sentinels.map((sentinel) => sentinel.ask('INFO', 'sentinel')))
    return infos.every((info) => info.includes(`slaves=1,sentinels=${SENTINELS}`))
  })
  const owned = stack.move()
  return {
    password,
    sentinelPassword,
    name: NAME,
    nodes: sentinels.map(({ port }) => `127.0.0.1:${port}`),
    servers: [primary, replica],
    sentinels,
    async untilPrimary(server) {
      await until(async () => {
        const role = await server.ask('INFO', 'replication').catch(() => '')
        if (!role.includes('role:master')) return false
        const infos = await Promise.all(
          sentinels.map((sentinel) => sentinel.ask('INFO', 'sentinel').catch(() => '')),
        )
        return infos.every((info) => info.includes(`address=127.0.0.1:${server.port}`))
      })
    },
    async rejoin(server) {
      const other = server === primary ? replica : primary
      await server.ask('REPLICAOF', '127.0.0.1', String(other.port))
      await until(async () =>
        (await server.ask('INFO', 'replication')).includes('master_link_status:up'),
      )
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
