import { mkdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { serviceConfigFile, writeServiceConfigs } from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { migrate } from '@alkdev/storage'
import type { Io } from '../command.ts'
import type { Progress } from '../progress.ts'
import { startPostgres } from '../servers/postgres-server.ts'
import type { LocalServer, PostgresServerOptions } from '../servers/postgres-server.ts'
import { startRedis } from '../servers/redis-server.ts'
import { writeState } from './lock.ts'
import type { StackState, StackUrls } from './lock.ts'
import { LogFile } from './log-file.ts'
import { postgresHome } from './paths.ts'
import type { StackPaths } from './paths.ts'
import { choosePorts, serviceNames } from '../ports/choose-ports.ts'
import type { LocalService, ServicePorts } from '../ports/choose-ports.ts'
import { seedKeys } from './seed-keys.ts'
import { ServiceProcess } from './service-process.ts'
import { loopbackOutbound, portOf } from './loopback-outbound.ts'
import { isFirstStart, stackSecrets } from './stack-secrets.ts'
import type { StackSecrets } from './stack-secrets.ts'
import type { Supervisor } from './supervisor.ts'
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

/** Milliseconds that PostgreSQL or Redis has to stop in. */
const SERVER_STOP_MS = 2500

type ServerStart = Pick<PostgresServerOptions, 'port' | 'signal' | 'stopMs' | 'onOutput'>

export interface RunningStack {
  readonly urls: StackUrls
  /** The state to be written, with the process ids of the moment. */
  readonly state: () => StackState
}

/**
 * Starts everything of the local stack in order: PostgreSQL, Redis, migrations, keys, the five services. What was started is
 * added to `supervisor`, which stops it; so a failure half-way leaves nothing running.
 */
export async function startStack(
  paths: StackPaths,
  options: StackOptions,
  supervisor: Supervisor,
  progress: Progress,
  io: Io,
): Promise<RunningStack> {
  await mkdir(paths.logs, { recursive: true })
  await mkdir(paths.config, { recursive: true, mode: 0o700 })
  const host = options.listen ?? '127.0.0.1'
  const chosen = await choosePorts({
    ...(options.port !== undefined && { wanted: options.port }),
    host,
    file: paths.ports,
  })
  await using held = new AsyncDisposableStack()
  held.defer(() => chosen.release())
  const { ports, note } = chosen
  if (note !== undefined) progress.note(note)
  const first = await isFirstStart(paths)
  const secrets = await stackSecrets(paths)
  const postgresUrl = await progress.step('PostgreSQL', () =>
    openPostgres(paths, options, secrets, first, supervisor),
  )
  io.signal.throwIfAborted()
  const redisUrl = await progress.step('Redis', (say) =>
    openRedis(paths, options, secrets, supervisor, say),
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
      http: { sdkFolder: paths.sdk },
      outbound: loopbackOutbound([...Object.values(ports), portOf(postgresUrl), portOf(redisUrl)]),
    },
  })
  await progress.step('Migrations', () => migrate(postgresUrl, { signal: io.signal }))
  await progress.step('Keys', () => seedKeys(paths, postgresUrl))
  await held.disposeAsync()
  await progress.step('Services', async (say) => {
    const started = await Promise.all(
      serviceNames.map((name) => startService(paths, name, written.masterKeyPath, supervisor)),
    )
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
  })
  const startedAt = new Date().toISOString()
  const state = (): StackState => ({
    pid: process.pid,
    startedAt,
    services: Object.fromEntries(
      Object.entries(supervisor.states('service')).map(([name, { pid }]) => [
        name,
        { pid, url: urlOf(ports, name as keyof ServicePorts, host) },
      ]),
    ),
    servers: Object.fromEntries(
      Object.entries(supervisor.states('server')).map(([name, { pid }]) => [name, pid]),
    ),
    processes: supervisor.states(),
  })
  await writeState(paths, state())
  await chosen.remember()
  const urls: StackUrls = {
    gateway: urlOf(ports, 'gateway', host),
    spokes: `${urlOf(ports, 'spoke-broker', host).replace('http', 'ws')}/ws`,
    inference: `${urlOf(ports, 'inference-proxy', host)}/v1`,
    mcp: `${urlOf(ports, 'mcp', host)}/mcp`,
  }
  return { urls, state }
}

function urlOf(ports: ServicePorts, name: keyof ServicePorts, host: string): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host
  return `http://${reachable.includes(':') && !reachable.startsWith('[') ? `[${reachable}]` : reachable}:${ports[name]}`
}

async function startService(
  paths: StackPaths,
  name: LocalService,
  masterKeyPath: string,
  supervisor: Supervisor,
): Promise<ServiceProcess> {
  const log = new LogFile(join(paths.logs, `${name}.log`))
  const started: ServiceProcess[] = []
  await supervisor.add('service', {
    name,
    start: () => {
      const run = new ServiceProcess(paths, log, {
        name,
        args: [join(paths.root, 'services', name, 'src/main.ts')],
        cwd: paths.root,
        env: {
          ALKHUB_CONFIG_PATH: join(paths.config, serviceConfigFile(name)),
          ALKHUB_MASTER_KEY_PATH: masterKeyPath,
        },
      })
      started.push(run)
      return { process: run.process, lastWords: () => run.lastWords() }
    },
  })
  return must(started[0], name)
}

/** A server of our own; when it is started again it gets the port that it had. */
async function openServer(
  paths: StackPaths,
  name: 'postgres' | 'redis',
  supervisor: Supervisor,
  start: (options: ServerStart) => Promise<LocalServer>,
): Promise<string> {
  const log = new LogFile(join(paths.logs, `${name}.log`))
  let server: LocalServer | undefined
  await supervisor.add('server', {
    name,
    start: async (signal) => {
      server = await start({
        signal,
        stopMs: SERVER_STOP_MS,
        onOutput: (text) => log.write(text),
        ...(server && { port: server.port }),
      })
      return server
    },
  })
  return must(server, name).url
}

async function openPostgres(
  paths: StackPaths,
  options: StackOptions,
  secrets: StackSecrets,
  first: boolean,
  supervisor: Supervisor,
): Promise<string> {
  if (options.postgresFile !== undefined) return readUrl(options.postgresFile, 'postgres')
  let fresh = first
  return openServer(paths, 'postgres', supervisor, (how) =>
    startPostgres({
      ...how,
      password: secrets.postgresPassword,
      keepIn: async (relocated) => {
        const home = postgresHome(paths, relocated)
        // Data whose keys are gone (.alkhub was removed) can't be opened: put it aside, never delete it.
        if (fresh && (await stat(home).catch(() => undefined)))
          await rename(home, `${home}.before-${Date.now()}`)
        fresh = false
        return home
      },
    }),
  )
}

async function openRedis(
  paths: StackPaths,
  options: StackOptions,
  secrets: StackSecrets,
  supervisor: Supervisor,
  say: (detail: string) => void,
): Promise<string> {
  if (options.redisFile !== undefined) return readUrl(options.redisFile, 'redis')
  return openServer(paths, 'redis', supervisor, (how) =>
    startRedis({
      ...how,
      keepIn: paths.redis,
      password: secrets.redisPassword,
      onProgress: say,
    }),
  )
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
