import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startPostgres, startRedis } from '@alkdev/cli/local-servers'
import type { LocalServer } from '@alkdev/cli/local-servers'
import { serviceConfigFile, writeServiceConfigs } from '@alkdev/config'
import type { WriteServiceConfigsInput } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import type { RunningService } from '@alkdev/service'
import { must, sleep } from '@alkdev/std'
import { createAccount, createDrizzleKeyStore, migrate, openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { createKeys } from 'keypal'
import { Machine } from './machine.ts'

const root = join(import.meta.dirname, '../../..')
/** The main file of a spoke-broker that records no call. */
export const UNRECORDED_BROKER = join(import.meta.dirname, 'unrecorded-broker-process.ts')

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
  redis(): LocalServer
  restartRedis(): Promise<void>
  readonly postgresUrl: string
  /** One more process of a service, ready. `script`: the file to run instead of the service's own main file. */
  add(service: RunningService['name'], script?: string): Promise<Replica>
}

export interface StackSize {
  readonly brokers: number
  readonly spokes: number
  /** Milliseconds that a process which is stopped has for what is in flight. */
  readonly drainBudgetMs: number
  /** Further sections of every service's config. */
  readonly sections?: WriteServiceConfigsInput['sections']
}

export async function startTortureStack(size: StackSize): Promise<TortureStack> {
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'alkhub-torture-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const password = generateKey().replaceAll(/\W/g, '')
  const postgres = stack.use(await startPostgres())
  const port = await freePort()
  const openRedis = (): Promise<LocalServer> =>
    startRedis({ port, password, keepIn: join(home, 'redis') })
  let redis = await openRedis()
  stack.defer(() => redis[Symbol.asyncDispose]())
  await migrate(postgres.url)
  const database = stack.use(await openDatabase(postgres.url, { max: 2 }))
  const key = await createKey(database)
  const keyFile = join(home, 'key')
  await writeFile(keyFile, key, { mode: 0o600 })
  const shared = {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
    sections: { ...size.sections, http: { drainBudgetMs: size.drainBudgetMs } },
  }
  let more = 0
  let owner: AsyncDisposableStack = stack
  const start = async (
    service: RunningService['name'],
    name: string,
    at: number,
    script = join(root, 'services', service, 'src/main.ts'),
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
      args: [script],
      cwd: root,
      stopMs: 15_000,
      env: {
        ALKHUB_CONFIG_PATH: join(dir, serviceConfigFile(service)),
        ALKHUB_MASTER_KEY_PATH: masterKeyPath,
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
    const script = join(import.meta.dirname, 'spoke-process.ts')
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
    redis: () => redis,
    async restartRedis() {
      redis.process.child.kill('SIGKILL')
      await redis.process.abandon()
      redis = await openRedis()
    },
    postgresUrl: postgres.url,
    async add(service, script) {
      const replica = await start(service, `more-${(more += 1)}`, await freePort(), script)
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

async function createKey({ db }: Database): Promise<string> {
  const { id: ownerId } = await createAccount(db, { email: 'torture@example.com' })
  const storage = createDrizzleKeyStore(db)
  const keys = createKeys({ prefix: 'alk_', storage, autoTrackUsage: false })
  const { key } = await keys.create({ ownerId, scopes: ['*'], name: 'torture' })
  return must(key)
}
