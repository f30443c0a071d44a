import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startPostgres, startRedis } from '@alkdev/cli/local-servers'
import type { LocalServer } from '@alkdev/cli/local-servers'
import {
  serviceConfigFile,
  serviceNodeArgs,
  serviceNodeEnv,
  writeServiceConfigs,
} from '@alkdev/config'
import type { WriteServiceConfigsInput } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import type { RunningService } from '@alkdev/service'
import { compact, must, sleep } from '@alkdev/std'
import { createAccount, createDrizzleKeyStore, migrate, openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { startPgbouncer } from '@alkdev/testing'
import type { Pooler } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { copyPostgresHome } from '../copied-postgres.ts'
import { serviceMain } from '../programs.ts'
import { Machine } from './machine.ts'
import type { ReplicatedRedis } from './replicated-redis.ts'

const root = join(import.meta.dirname, '../../..')
/** The main file of a spoke-broker that records no call. */
export const UNRECORDED_BROKER = join(import.meta.dirname, 'unrecorded-broker-process.ts')
/** The main file of a gateway that records no call. */
export const UNRECORDED_GATEWAY = join(import.meta.dirname, 'unrecorded-gateway-process.ts')

export interface Replica {
  readonly machine: Machine
  readonly url: string
}

/** A hub of real processes, on a PostgreSQL and a Redis of its own. */
export interface TortureStack extends AsyncDisposable {
  readonly gateway: Replica
  readonly brokers: readonly Replica[]
  readonly spokes: readonly Machine[]
  /** Of an account with every scope. */
  readonly key: string
  readonly keyFile: string
  readonly database: Database
  /** Where spokes write down what they start. */
  readonly startsFiles: readonly string[]
  /** The single Redis; throws when the stack has others. */
  redis(): LocalServer
  readonly replicatedRedis: ReplicatedRedis | undefined
  /** PgBouncer, by which the services reach PostgreSQL; undefined when they do without. */
  readonly pooler: Pooler | undefined
  postgres(): LocalServer
  restartRedis(): Promise<void>
  /** Kills PostgreSQL and starts it again after `ms` milliseconds. */
  restartPostgres(ms: number): Promise<void>
  readonly postgresUrl: string
  /**
   * One more process of a service, ready. `script`: the file to run instead of the service's own main file. `env`: further variables of its
   * environment.
   */
  add(
    service: RunningService['name'],
    script?: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<Replica>
}

export interface StackSize {
  readonly brokers: number
  readonly spokes: number
  /** The program of the spokes; its arguments are the hub, the file of the key, a name and the file of the starts. */
  readonly spokeScript?: string
  /** Milliseconds that a process which is stopped has for what is in flight. */
  readonly drainBudgetMs: number
  /** Further variables of the environment of PostgreSQL. */
  readonly postgresEnv?: Readonly<Record<string, string>>
  /** The services reach PostgreSQL by PgBouncer in transaction mode. */
  readonly pooled?: boolean
  /** Servers that take over from each other, instead of a single Redis. Not disposed of with the stack. */
  readonly redis?: ReplicatedRedis
  /** Further sections of every service's config. */
  readonly sections?: WriteServiceConfigsInput['sections']
}

export async function startTortureStack(size: StackSize): Promise<TortureStack> {
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'alkhub-torture-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const password = generateKey().replaceAll(/\W/g, '')
  // Not below the other folder: the server has an account of its own, which may not enter that.
  const data = await mkdtemp(join(tmpdir(), 'alkhub-torture-'))
  stack.defer(() => rm(data, { recursive: true, force: true }))
  const postgresPort = await freePort()
  const openPostgres = (): Promise<LocalServer> =>
    startPostgres({
      keepIn: () => Promise.resolve(data),
      port: postgresPort,
      ...compact({ env: size.postgresEnv }),
    })
  const isMigrated = await copyPostgresHome(data)
  let postgres = await openPostgres()
  stack.defer(() => postgres[Symbol.asyncDispose]())
  const port = await freePort()
  const openRedis = (): Promise<LocalServer> =>
    startRedis({ port, password, keepIn: join(home, 'redis') })
  let redis = size.redis === undefined ? await openRedis() : undefined
  stack.defer(() => redis?.[Symbol.asyncDispose]())
  if (!isMigrated) await migrate(postgres.url)
  const database = stack.use(await openDatabase(postgres.url, { max: 2 }))
  const pooler = size.pooled === true ? stack.use(await startPgbouncer(postgres.url)) : undefined
  const key = await createKey(database)
  const keyFile = join(home, 'key')
  await writeFile(keyFile, key, { mode: 0o600 })
  const shared = {
    postgresUrl: pooler?.url ?? postgres.url,
    ...compact({ redisUrl: redis?.url }),
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
    sections: {
      ...compact({ redis: size.redis?.section }),
      ...(pooler && { postgres: { pooler: true } }),
      ...size.sections,
      http: { ...size.sections?.http, drainBudgetMs: size.drainBudgetMs },
    },
  }
  let more = 0
  let owner: AsyncDisposableStack = stack
  const start = async (
    service: RunningService['name'],
    name: string,
    at: number,
    script = serviceMain(service),
    env: Readonly<Record<string, string>> = {},
  ): Promise<Replica> => {
    const dir = join(home, name)
    await mkdir(dir, { recursive: true })
    const { masterKeyPath } = await writeServiceConfigs({
      ...shared,
      dir,
      ports: { [service]: at },
    })
    const machine = new Machine({
      name,
      args: [...serviceNodeArgs(service), script],
      cwd: root,
      stopMs: 15_000,
      env: {
        ...serviceNodeEnv(service),
        ALKHUB_CONFIG_PATH: join(dir, serviceConfigFile(service)),
        ALKHUB_MASTER_KEY_PATH: masterKeyPath,
        ...env,
      },
    })
    owner.use(machine)
    machine.start()
    return { machine, url: `http://127.0.0.1:${at}` }
  }
  const brokers: Replica[] = []
  for (let at = 0; at < size.brokers; at++)
    brokers.push(await start('spoke-broker', `broker-${at}`, await freePort()))
  const gateway = await start('gateway', 'gateway', await freePort())
  await Promise.all([gateway, ...brokers].map((replica) => untilReady(replica)))
  const startsFiles = Array.from({ length: size.spokes }, (_, at) => join(home, `starts-${at}`))
  const spokes = startsFiles.map((file, at) => {
    const script = size.spokeScript ?? join(import.meta.dirname, 'spoke-process.ts')
    const args = [script, gateway.url, keyFile, `torture-${at}`, file]
    const machine = stack.use(new Machine({ name: `spoke-${at}`, args, cwd: root }))
    machine.start()
    return machine
  })
  const owned = stack.move()
  owner = owned
  return {
    gateway,
    brokers,
    spokes,
    key,
    keyFile,
    database,
    startsFiles,
    redis: () => must(redis, 'a single Redis'),
    replicatedRedis: size.redis,
    pooler,
    postgres: () => postgres,
    async restartRedis() {
      const former = must(redis, 'a single Redis')
      former.process.child.kill('SIGKILL')
      await former.process.abandon()
      redis = await openRedis()
    },
    async restartPostgres(ms) {
      postgres.process.child.kill('SIGKILL')
      await postgres.process.abandon()
      await sleep(ms)
      postgres = await openPostgres()
    },
    postgresUrl: postgres.url,
    async add(service, script, env) {
      const replica = await start(service, `more-${(more += 1)}`, await freePort(), script, env)
      await untilReady(replica)
      return replica
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Throws with the last words of a process that does not become ready within 60 s. */
export async function untilReady({ machine, url }: Replica): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    if (!machine.running || Date.now() > deadline)
      throw new Error(`${machine.name} is not ready: ${machine.said.slice(-2000)}`)
    await sleep(50)
  }
}

/** A key with every scope, of a new account. */
export async function createKey({ db }: Database): Promise<string> {
  const { id: ownerId } = await createAccount(db, { email: 'torture@example.com' })
  const storage = createDrizzleKeyStore(db)
  const keys = createKeys({ prefix: 'alk_', storage, autoTrackUsage: false })
  const { key } = await keys.create({ ownerId, scopes: ['*'], name: 'torture' })
  return must(key)
}
