import { sleep } from '@alkdev/std'
import { Redis } from 'ioredis'
import { frozen, frozenPostgres, replaced } from '../chaos.ts'
import type { Random } from '../random.ts'
import type { Replica, TortureStack } from '../stack.ts'
import { badKeys, manySockets, oversized, slowLoris } from './hostile-clients.ts'
import type { Findings } from './hostile-clients.ts'
import { chatWith, codeIn } from './probes.ts'

export interface ChaosSize {
  /** Longest time for which a process is frozen or a server limited, in milliseconds. */
  readonly longestMs: number
  readonly sockets: number
  readonly slowClients: number
  readonly badKeys: number
}

export interface ChaosParts {
  readonly stack: TortureStack
  /** One replica of each service that is killed and frozen, by its name. */
  readonly services: Readonly<Record<string, Replica>>
  readonly random: Random
  readonly size: ChaosSize
  /** Time of the services for request headers, in milliseconds. */
  readonly headersTimeoutMs: number
}

/** A failure or an attack. Resolves when it is repaired, with what must not have happened. */
export interface Stage {
  readonly name: string
  readonly run: (parts: ChaosParts) => Promise<Findings>
}

export const SERVICES = [
  'gateway',
  'spoke-broker',
  'coordinator',
  'inference-proxy',
  'mcp',
] as const

const none: Findings = []

function replicaOf({ services }: ChaosParts, name: string): Replica {
  const replica = services[name]
  if (replica === undefined) throw new Error(`there is no ${name}`)
  return replica
}

const kills = SERVICES.map((name): Stage => ({
  name: `${name} killed`,
  async run(parts) {
    await replaced(replicaOf(parts, name), parts.random.between(50, 500), 'kill')
    return none
  },
}))

const freezes = SERVICES.map((name): Stage => ({
  name: `${name} frozen`,
  async run(parts) {
    const { longestMs } = parts.size
    await frozen(replicaOf(parts, name).machine, parts.random.between(longestMs / 2, longestMs))
    return none
  },
}))

async function withRedis(
  stack: TortureStack,
  work: (redis: Redis) => Promise<unknown>,
): Promise<void> {
  const redis = new Redis(stack.redis().url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    await work(redis)
  } finally {
    redis.disconnect()
  }
}

export const STAGES: readonly Stage[] = [
  ...kills,
  ...freezes,
  {
    name: 'Redis emptied',
    async run({ stack }) {
      await withRedis(stack, (redis) => redis.flushall())
      return none
    },
  },
  {
    name: 'Redis at maxmemory',
    async run({ stack, size }) {
      await withRedis(stack, (redis) => redis.config('SET', 'maxmemory', '1'))
      await sleep(size.longestMs)
      await withRedis(stack, (redis) => redis.config('SET', 'maxmemory', '0'))
      return none
    },
  },
  {
    name: 'PostgreSQL slow',
    async run({ stack, size }) {
      // Each statement takes up to 200 ms longer.
      const until = Date.now() + size.longestMs
      while (Date.now() < until) {
        await frozenPostgres(stack, 200)
        await sleep(20)
      }
      return none
    },
  },
  {
    name: 'many sockets at once',
    run: ({ stack, size }) =>
      manySockets({ gateway: stack.gateway.url, key: stack.key }, size.sockets),
  },
  {
    name: 'slow clients',
    run: ({ stack, size, headersTimeoutMs }) =>
      slowLoris(
        { gateway: stack.gateway.url, key: stack.key },
        size.slowClients,
        headersTimeoutMs + 20_000,
      ),
  },
  {
    name: 'oversized requests',
    run: ({ stack }) => oversized({ gateway: stack.gateway.url, key: stack.key }),
  },
  {
    name: 'flood of bad keys',
    run: ({ stack, size }) => badKeys({ gateway: stack.gateway.url, key: stack.key }, size.badKeys),
  },
  {
    name: 'model server that hangs after its headers',
    async run({ stack }) {
      const findings: string[] = []
      for (const stream of [false, true]) {
        const response = await fetch(`${stack.gateway.url}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' },
          body: JSON.stringify(chatWith('hang', stream)),
          signal: AbortSignal.timeout(25_000),
        }).catch((error: unknown) => error as Error)
        if (response instanceof Error) {
          findings.push(`a model server that hangs kept its caller waiting (stream: ${stream})`)
          continue
        }
        const text = await response.text().catch(() => undefined)
        const end = response.status === 200 ? (text ?? 'cut') : codeIn(response.status, text ?? '')
        if (
          response.status === 200
            ? !end.includes('error') && end !== 'cut'
            : end.startsWith('uncoded')
        )
          findings.push(
            `a model server that hangs ended with ${response.status} ${end.slice(0, 100)}`,
          )
      }
      return findings
    },
  },
]
