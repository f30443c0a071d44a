import { mkdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { serviceConfigFile, writeServiceConfigs } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import { migrate } from '@alkdev/storage'
import type { Io } from '../command.ts'
import type { Progress } from '../progress.ts'
import { startPostgres } from '../servers/postgres-server.ts'
import { startRedis } from '../servers/redis-server.ts'
import { writeState } from './lock.ts'
import type { StackState, StackUrls } from './lock.ts'
import { postgresHome } from './paths.ts'
import type { StackPaths } from './paths.ts'
import { choosePorts, serviceNames } from './ports.ts'
import type { ServicePorts } from './ports.ts'
import { seedKeys } from './seed-keys.ts'
import { ServiceProcess } from './service-process.ts'
import { loopbackOutbound, portOf } from './loopback-outbound.ts'
import { isFirstStart, stackSecrets } from './stack-secrets.ts'
import type { StackSecrets } from './stack-secrets.ts'
import { waitReady } from './wait-ready.ts'

export interface StackOptions {
  /** Port of the gateway; the others follow. */
  readonly port?: number
  /** Address to listen on. Default 127.0.0.1. */
  readonly listen?: string
  /** Files that hold the URL of a server to use instead of one of our own. */
  readonly postgresFile?: string
  readonly redisFile?: string
}

export interface RunningStack {
  readonly urls: StackUrls
  readonly processes: readonly ServiceProcess[]
  readonly state: StackState
}

/**
 * Starts everything of the local stack in order: PostgreSQL, Redis, migrations, keys, the five services. What was started is
 * put on `stack`, which stops it in reverse; so a failure half-way leaves nothing running.
 */
export async function startStack(
  paths: StackPaths,
  options: StackOptions,
  stack: AsyncDisposableStack,
  progress: Progress,
  io: Io,
): Promise<RunningStack> {
  await mkdir(paths.logs, { recursive: true })
  await mkdir(paths.config, { recursive: true, mode: 0o700 })
  const host = options.listen ?? '127.0.0.1'
  const ports = await choosePorts(options.port, host)
  const first = await isFirstStart(paths)
  const secrets = await stackSecrets(paths)
  const servers: Record<string, number> = {}
  const postgresUrl = await progress.step('PostgreSQL', () =>
    openPostgres(paths, options, secrets, first, stack, servers),
  )
  io.signal.throwIfAborted()
  const redisUrl = await progress.step('Redis', (say) =>
    openRedis(paths, options, secrets, stack, servers, say),
  )
  io.signal.throwIfAborted()
  const written = await writeServiceConfigs({
    dir: paths.config,
    postgresUrl,
    redisUrl,
    busKey: secrets.busKey,
    encryptionKeys: secrets.encryptionKeys,
    ports,
    host,
    sections: {
      outbound: loopbackOutbound([...Object.values(ports), portOf(postgresUrl), portOf(redisUrl)]),
    },
  })
  await progress.step('Migrations', () => migrate(postgresUrl, { signal: io.signal }))
  await progress.step('Keys', () => seedKeys(paths, postgresUrl))
  const processes = await progress.step('Services', async (say) => {
    const started = serviceNames.map((name) => {
      const service = new ServiceProcess(paths, {
        name,
        args: [join(paths.root, 'services', name, 'src/main.ts')],
        cwd: paths.root,
        env: {
          ALKHUB_CONFIG_PATH: join(paths.config, serviceConfigFile(name)),
          ALKHUB_MASTER_KEY_PATH: written.masterKeyPath,
        },
      })
      stack.defer(() => service.process.stop())
      return service
    })
    let ready = 0
    await Promise.all(
      started.map(async (service) => {
        await waitReady(
          {
            name: service.name,
            url: urlOf(ports, service.name as keyof ServicePorts, host),
            logFile: service.logFile,
            alive: () => service.process.running,
            lastWords: () => service.lastWords(),
          },
          io.signal,
        )
        say(`${(ready += 1)} of ${started.length} ready`)
      }),
    )
    return started
  })
  const state: StackState = {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    services: Object.fromEntries(
      processes.map((service) => [
        service.name,
        { pid: service.pid, url: urlOf(ports, service.name as keyof ServicePorts, host) },
      ]),
    ),
    servers,
  }
  await writeState(paths, state)
  const urls: StackUrls = {
    gateway: urlOf(ports, 'gateway', host),
    spokes: `${urlOf(ports, 'spoke-broker', host).replace('http', 'ws')}/ws`,
    inference: `${urlOf(ports, 'inference-proxy', host)}/v1`,
    mcp: `${urlOf(ports, 'mcp', host)}/mcp`,
  }
  return { urls, processes, state }
}

function urlOf(ports: ServicePorts, name: keyof ServicePorts, host: string): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host
  return `http://${reachable.includes(':') && !reachable.startsWith('[') ? `[${reachable}]` : reachable}:${ports[name]}`
}

async function openPostgres(
  paths: StackPaths,
  options: StackOptions,
  secrets: StackSecrets,
  first: boolean,
  stack: AsyncDisposableStack,
  servers: Record<string, number>,
): Promise<string> {
  if (options.postgresFile !== undefined) return readUrl(options.postgresFile, 'postgres')
  const server = await startPostgres({
    password: secrets.postgresPassword,
    keepIn: async (relocated) => {
      const home = postgresHome(paths, relocated)
      // Data whose keys are gone (somebody removed .alkhub) can't be opened: put it aside, never delete it.
      if (first && (await stat(home).catch(() => undefined)))
        await rename(home, `${home}.before-${Date.now()}`)
      return home
    },
  })
  stack.use(server)
  servers['postgres'] = server.process.child.pid ?? 0
  return server.url
}

async function openRedis(
  paths: StackPaths,
  options: StackOptions,
  secrets: StackSecrets,
  stack: AsyncDisposableStack,
  servers: Record<string, number>,
  say: (detail: string) => void,
): Promise<string> {
  if (options.redisFile !== undefined) return readUrl(options.redisFile, 'redis')
  const server = await startRedis({
    keepIn: paths.redis,
    password: secrets.redisPassword,
    onProgress: say,
  })
  stack.use(server)
  servers['redis'] = server.process.child.pid ?? 0
  return server.url
}

async function readUrl(file: string, kind: 'postgres' | 'redis'): Promise<string> {
  const flag = `--${kind}-file`
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new OperatorError(
      `${file} can't be read.`,
      `Give ${flag} the path of a file that holds the URL of your ${kind === 'redis' ? 'Redis' : 'PostgreSQL'}.`,
      { cause },
    )
  })
  const url = text.trim()
  if (!new RegExp(kind === 'redis' ? '^rediss?://' : '^postgres(ql)?://').test(url))
    throw new OperatorError(
      `${file} does not hold a ${kind}:// URL.`,
      `Write one line into it, such as ${kind}://user:password@host:port${kind === 'redis' ? '' : '/database'}.`,
    )
  return url
}
