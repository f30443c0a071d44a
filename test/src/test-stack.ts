import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { createCoordinator } from '@alkdev/coordinator'
import { loadConfig, writeServiceConfigs } from '@alkdev/config'
import type { WriteServiceConfigsInput } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import { createGateway } from '@alkdev/gateway'
import { createInferenceProxy } from '@alkdev/inference-proxy'
import type { RunningService } from '@alkdev/service'
import { createMcpService } from '@alkdev/mcp'
import { createSpokeBroker } from '@alkdev/spoke-broker'
import { must } from '@alkdev/std'
import { createAccount, createDrizzleKeyStore, openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { createTestDatabase, testRedis } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { untilGatewayKnowsAll } from './until-gateway-knows-all.ts'

export interface TestKey {
  readonly key: string
  readonly keyId: string
  readonly accountId: string
}

export interface TestStack extends AsyncDisposable {
  readonly gateway: string
  readonly broker: string
  readonly inference: string
  readonly mcp: string
  readonly coordinator: string
  readonly database: Database
  /** Key with every scope, of an account that may change the deployment. */
  readonly admin: TestKey
  /** Everything that the services logged. */
  readonly logs: () => string
  /** A key of a new account, or of the given one. */
  createKey(scopes: readonly string[], accountId?: string): Promise<TestKey>
  /** Another replica of the broker. */
  addBroker(): Promise<RunningService>
  /** Another replica of the gateway. */
  addGateway(): Promise<RunningService>
  stopBroker(): Promise<void>
  /** Another replica of a service. */
  add(service: TestService): Promise<RunningService>
  /** Another replica of the coordinator. */
  addCoordinator(): Promise<RunningService>
  /** The folder with the config files, and the master key that opens them. */
  readonly configDir: string
  readonly masterKeyPath: string
  /** The service stops cleanly and starts again from its config file; its port is another one. */
  restart(service: TestService): Promise<RunningService>
  /** As in a rolling restart: another replica starts, then the one that ran so far drains and stops. */
  replace(service: TestService): Promise<void>
}

export type TestService = keyof typeof services

export interface StartTestStackOptions {
  /** Another way to the Redis of the run, for instance one that can be cut. */
  readonly redisUrl?: string
  /** What each service gets in place of its config. */
  readonly onConfig?: <T extends object>(config: T) => T
  /** A migrated database of the test's own. Default: a new one on the PostgreSQL of the run. */
  readonly postgresUrl?: string
}

const services = {
  gateway: createGateway,
  'spoke-broker': createSpokeBroker,
  coordinator: createCoordinator,
  'inference-proxy': createInferenceProxy,
  mcp: createMcpService,
} as const

/** For PostgreSQL and Redis of the run, which no test stops. */
const CONNECT_MS = 30_000

/** All five services in this process, on a database and a Redis prefix of their own and on ports that the system gives. */
export async function startTestStack(
  sections: WriteServiceConfigsInput['sections'] = {},
  options: StartTestStackOptions = {},
): Promise<TestStack> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-test-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const postgresUrl = options.postgresUrl ?? stack.use(await createTestDatabase()).url
  const redis = testRedis()
  const written = await writeServiceConfigs({
    dir: folder,
    postgresUrl,
    redisUrl: options.redisUrl ?? redis.url,
    redisPrefix: redis.prefix.replace(/:$/, ''),
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
    ports: { gateway: 0, 'spoke-broker': 0, coordinator: 0, 'inference-proxy': 0, mcp: 0 },
    // Outside services of tests are servers of this machine.
    sections: {
      outbound: { allow: ['127.0.0.0/8', '::1'] },
      // While a worker loads its modules, an answer can take longer than in production.
      ...(options.redisUrl === undefined && { redis: { connectTimeoutMs: CONNECT_MS } }),
      ...(options.postgresUrl === undefined && { postgres: { connectTimeoutMs: CONNECT_MS } }),
      ...sections,
    },
  })
  const logDestination = new PassThrough()
  let text = ''
  logDestination.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-4_000_000)))
  const never = new AbortController()
  const started: RunningService[] = []
  // All at once and without a drain: a drain is what `stopBroker`, `restart` and `replace` are for.
  stack.defer(async () => {
    await Promise.all(started.map((service) => service.stop(0)))
  })
  async function start(service: keyof typeof services): Promise<RunningService> {
    const { masterKeyPath, configPaths } = written
    const loaded = await loadConfig({ path: configPaths[service], masterKeyPath, service })
    const config = options.onConfig?.(loaded) ?? loaded
    const create = services[service] as (
      config: unknown,
      signal: AbortSignal,
      overrides: object,
    ) => Promise<RunningService>
    const running = await create(config, never.signal, { logDestination })
    started.push(running)
    return running
  }
  const names = Object.keys(services) as (keyof typeof services)[]
  const running = await Promise.all(names.map(async (name) => [name, await start(name)] as const))
  const byName = new Map(running)
  const urlOf = (name: keyof typeof services): string => must(byName.get(name), name).url
  const database = stack.use(await openDatabase(postgresUrl, { max: 2 }))
  const keys = createKeys({
    prefix: 'alk_',
    storage: createDrizzleKeyStore(database.db),
    autoTrackUsage: false,
  })
  let accounts = 0
  const createKey: TestStack['createKey'] = async (scopes, accountId) => {
    accounts += 1
    const owner =
      accountId ??
      (await createAccount(database.db, { email: `account-${accounts}@example.com` })).id
    const { key, record } = await keys.create({ ownerId: owner, scopes, name: 'test' })
    return { key, keyId: record.id, accountId: owner }
  }
  const administrator = await createAccount(database.db, {
    email: 'admin@example.com',
    accessLevel: 'admin',
  })
  const admin = await createKey(['*'], administrator.id)
  await untilGatewayKnowsAll(urlOf('gateway'), admin.key)
  const owned = stack.move()
  return {
    get gateway() {
      return urlOf('gateway')
    },
    get broker() {
      return urlOf('spoke-broker')
    },
    get inference() {
      return urlOf('inference-proxy')
    },
    get mcp() {
      return `${urlOf('mcp')}/mcp`
    },
    get coordinator() {
      return urlOf('coordinator')
    },
    database,
    admin,
    logs: () => text,
    createKey,
    addBroker: () => start('spoke-broker'),
    addGateway: () => start('gateway'),
    add: start,
    addCoordinator: () => start('coordinator'),
    configDir: folder,
    masterKeyPath: written.masterKeyPath,
    async restart(name) {
      await must(byName.get(name), name).stop(2000)
      const again = await start(name)
      byName.set(name, again)
      return again
    },
    async replace(name) {
      const next = await start(name)
      await must(byName.get(name), name).stop(20_000)
      byName.set(name, next)
    },
    stopBroker: () => must(byName.get('spoke-broker')).stop(10_000),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
