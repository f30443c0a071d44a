import { mkdir, readFile, rename, stat } from 'node:fs/promises'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import {
  serviceConfigFile,
  serviceNodeArgs,
  serviceNodeEnv,
  writeServiceConfigs,
} from '@alkdev/config'
import { OperatorError } from '@alkdev/errors'
import { compact, must } from '@alkdev/std'
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
import { withScriptedAlias } from './scripted-provider.ts'
import { seedKeys } from './seed-keys.ts'
import { ServiceProcess } from './service-process.ts'
import { loopbackOutbound, portOf } from './loopback-outbound.ts'
import { isFirstStart, readSetting, stackSecrets } from './stack-secrets.ts'
import type { StackSecrets } from './stack-secrets.ts'
import type { EntryOf, StackPrograms } from './entry-of.ts'
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

/** Milliseconds that PostgreSQL or Redis has to stop. */
const SERVER_STOP_MS = 2500

type ServerStart = Pick<PostgresServerOptions, 'port' | 'signal' | 'stopMs' | 'onOutput'>

export interface RunningStack {
  readonly urls: StackUrls
  readonly entryOf: EntryOf
  /** The state to write, with the current process ids. */
  readonly state: () => StackState
}

/**
 * Starts everything of the local stack in order: PostgreSQL, Redis, migrations, keys, the five services. What was started is
 * added to `supervisor`, which stops it, so that a failed start leaves nothing running.
 */
export async function startStack(
  paths: StackPaths,
  options: StackOptions,
  supervisor: Supervisor,
  progress: Progress,
  programs: StackPrograms,
  io: Io,
): Promise<RunningStack> {
  await mkdir(paths.logs, { recursive: true })
  await mkdir(paths.config, { recursive: true, mode: 0o700 })
  const host = options.listen ?? '127.0.0.1'
  // Held until the services listen.
  await using chosen = await choosePorts({
    ...compact({ wanted: options.port }),
    host,
    file: paths.ports,
  })
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
  const outbound = loopbackOutbound([
    ...Object.values(ports),
    portOf(postgresUrl),
    portOf(redisUrl),
  ])
  const aliases = await readSetting(paths, 'inference-proxy', 'inference.aliases')
  const written = await writeServiceConfigs({
    dir: paths.config,
    postgresUrl,
    redisUrl,
    busKey: secrets.busKey,
    encryptionKeys: secrets.encryptionKeys,
    ports,
    host,
    sections: {
      inference: { aliases: withScriptedAlias(aliases) },
      http: { sdkFolder: paths.sdk, consoleFolder: paths.console },
      outbound: { denyPorts: outbound.denyPorts },
    },
    // What `alkhub config set` changed stays.
    keep: { initial: { outbound: { allow: outbound.allow } } },
  })
  await progress.step('Migrations', () => migrate(postgresUrl, { signal: io.signal }))
  await progress.step('Keys', () => seedKeys(paths, postgresUrl))
  const entryOf = await programs.entryOf(progress)
  io.signal.throwIfAborted()
  await chosen.release()
  // What this process compiled, the services need not compile again.
  flushCompileCache()
  await progress.step('Services', async (say) => {
    const started = await Promise.all(
      serviceNames.map((name) =>
        startService(paths, name, entryOf(name), written.masterKeyPath, supervisor),
      ),
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
  return { urls, entryOf, state }
}

function urlOf(ports: ServicePorts, name: keyof ServicePorts, host: string): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host
  return `http://${reachable.includes(':') && !reachable.startsWith('[') ? `[${reachable}]` : reachable}:${ports[name]}`
}

async function startService(
  paths: StackPaths,
  name: LocalService,
  entry: string,
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
        args: [...serviceNodeArgs(name), entry],
        cwd: paths.root,
        env: {
          ...serviceNodeEnv(name),
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

/** A server of the stack; when it is restarted it gets the same port. */
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
        ...compact({ port: server?.port }),
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
        // Data whose keys are lost (.alkhub was removed) can't be decrypted: it is moved aside, never deleted.
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
