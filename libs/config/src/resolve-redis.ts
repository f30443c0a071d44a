import { compact } from '@alkdev/std'
import { connectionUrl } from './connection-url.ts'
import type { ConfigFailure } from './failure.ts'
import type { ResolvedRedis, ServerNode } from './hub-config.ts'
import { IN_URL } from './resolve-context.ts'
import type { ResolveContext } from './resolve-context.ts'
import type { RedisConfig } from './sections/redis.ts'
import { tlsCertificates } from './tls-files.ts'

/** What the section `redis` becomes. What is wrong goes to `context.failures`; then undefined. */
export async function resolveRedis(
  fields: RedisConfig,
  context: ResolveContext,
): Promise<ResolvedRedis | undefined> {
  const { failures, folder, given } = context
  const before = failures.length
  const { sentinel, prefix, connectTimeoutMs } = fields
  const cluster = fields.cluster && nodesOf(fields.cluster, 'redis.cluster', failures)
  const sentinels = sentinel && nodesOf(sentinel.nodes, 'redis.sentinel.nodes', failures)
  failures.push(...rivals(given), ...clusterFailures(fields))
  if (sentinel?.user !== undefined && sentinel.password === undefined)
    failures.push({
      path: 'redis.sentinel.password',
      expected: 'is missing; expected that of user',
    })
  if (failures.length > before) return undefined
  // The credentials are the same for all nodes.
  const [first] = cluster ?? sentinels ?? []
  const url = await connectionUrl(
    first === undefined ? fields : { ...fields, host: first.host, port: first.port },
    {
      section: 'redis',
      protocols: ['redis:', 'rediss:'],
      protocol: fields.tls ? 'rediss:' : 'redis:',
      path: String(fields.database),
      needsUser: false,
      inUrl: [...IN_URL, 'tls'],
    },
    context,
  )
  const isOn = sentinel?.tls === true || url?.reveal().startsWith('rediss:') === true
  const tls = await tlsCertificates(fields, {
    section: 'redis',
    folder,
    isOn,
    setting: 'tls',
    failures,
  })
  if (url === undefined) return undefined
  return {
    url,
    prefix,
    connectTimeoutMs,
    ...compact({ tls, cluster }),
    ...(sentinel &&
      sentinels && {
        sentinel: {
          nodes: sentinels,
          name: sentinel.name,
          tls: sentinel.tls,
          ...compact({ user: sentinel.user, password: sentinel.password }),
        },
      }),
  }
}

/** Only one of the settings says where Redis is. */
function rivals(given: ReadonlySet<string>): ConfigFailure[] {
  const [first, second] = ['url', 'host', 'sentinel', 'cluster'].filter((name) => given.has(name))
  // What connectionUrl says of `url` and `host` is more exact.
  if (second === undefined || second === 'host') return []
  const expected = `has both ${first} and ${second}; expected one of url, host, sentinel and cluster`
  return [{ path: 'redis', expected }]
}

function clusterFailures({ cluster, database }: RedisConfig): ConfigFailure[] {
  if (cluster === undefined || database === 0) return []
  return [{ path: 'redis.database', expected: 'expected 0, the only database of a Redis Cluster' }]
}

function nodesOf(
  texts: readonly string[],
  path: string,
  failures: ConfigFailure[],
): readonly ServerNode[] {
  return texts.flatMap((text, at) => {
    const node = nodeOf(text)
    if (node !== undefined) return [node]
    failures.push({
      path: `${path}.${at}`,
      expected: 'expected host:port, such as redis-1:6379 or [2001:db8::1]:6379',
    })
    return []
  })
}

function nodeOf(text: string): ServerNode | undefined {
  const [, bracketed, name, digits = ''] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:@/?#%[\]]+)):([0-9]{1,5})$/.exec(text) ?? []
  const host = bracketed ?? name
  const port = Number(digits)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}
