import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@alkdev/cli/local-servers'
import { serviceNodeArgs, writeServiceConfigs } from '@alkdev/config'
import type { WriteServiceConfigsInput } from '@alkdev/config'
import { generateKey, generateKeyRing } from '@alkdev/crypto'
import { compact } from '@alkdev/std'
import { createAccount, createDrizzleKeyStore, openDatabase } from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { testRedis } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { serviceMain } from './programs.ts'
import type { TestKey, TestService } from './test-stack.ts'
import { Machine } from './torture/machine.ts'
import { untilReady } from './torture/stack.ts'
import { untilGatewayKnowsAll } from './until-gateway-knows-all.ts'

const root = join(import.meta.dirname, '../..')
const SERVICES = ['gateway', 'spoke-broker', 'coordinator', 'inference-proxy', 'mcp'] as const

/** A line of a service's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string }

export interface ServiceHandle {
  readonly machine: Machine
  readonly url: string
  /** Everything that it has logged. */
  log(): Promise<string>
  /** The same, line by line. */
  lines(): Promise<readonly LogLine[]>
}

/** All five services as processes of their own. */
export interface ProcessHub extends AsyncDisposable {
  readonly gateway: string
  readonly broker: string
  readonly inference: string
  readonly mcp: string
  readonly services: Readonly<Record<TestService, ServiceHandle>>
  /** The database itself, not by the way of the services. */
  readonly database: Database
  /** Key with every scope, of an administrator. */
  readonly admin: TestKey
  createKey(scopes: readonly string[], accountId?: string): Promise<TestKey>
}

export interface ProcessHubInput {
  /** A migrated database. */
  readonly postgresUrl: string
  /** How the services reach it. Default: the same. */
  readonly servicesUrl?: string
  /** A Redis of the test's own. Default: that of the run. */
  readonly redisUrl?: string
  /** Instead of a URL: where Redis is, as the section `redis` says it. */
  readonly redis?: NonNullable<NonNullable<WriteServiceConfigsInput['sections']>['redis']>
  readonly sections?: WriteServiceConfigsInput['sections']
  /** Further environment variables of a service. */
  readonly envOf?: (service: TestService) => Readonly<Record<string, string>>
}

async function handle(
  service: TestService,
  folder: string,
  env: Readonly<Record<string, string>>,
  port: number,
): Promise<ServiceHandle> {
  const logFile = join(folder, `${service}.log`)
  await writeFile(logFile, '')
  const machine = new Machine({
    name: service,
    args: [...serviceNodeArgs(service), serviceMain(service)],
    cwd: root,
    env,
    logFile,
  })
  const log = (): Promise<string> => readFile(logFile, 'utf8')
  return {
    machine,
    url: `http://127.0.0.1:${port}`,
    log,
    async lines() {
      const whole = (await log()).split('\n').filter((line) => /^\{.*\}$/.test(line))
      return whole.map((line) => JSON.parse(line) as LogLine)
    },
  }
}

/** Starts all five services from config files, with the Redis of the run, and waits until the gateway knows the others. */
export async function startProcessHub(input: ProcessHubInput): Promise<ProcessHub> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-processes-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const redis = testRedis()
  const ports = Object.fromEntries(
    await Promise.all(SERVICES.map(async (name) => [name, await freePort()] as const)),
  ) as Record<TestService, number>
  const { configPaths, masterKeyPath } = await writeServiceConfigs({
    dir: folder,
    postgresUrl: input.servicesUrl ?? input.postgresUrl,
    ...(input.redis === undefined && { redisUrl: input.redisUrl ?? redis.url }),
    redisPrefix: redis.prefix.replace(/:$/, ''),
    busKey: generateKey(),
    encryptionKeys: generateKeyRing(),
    ports,
    sections: {
      outbound: { allow: ['127.0.0.0/8', '::1'] },
      ...compact({ redis: input.redis }),
      ...input.sections,
    },
  })
  const services = {} as Record<TestService, ServiceHandle>
  for (const name of SERVICES) {
    const env = {
      ALKHUB_CONFIG_PATH: configPaths[name],
      ALKHUB_MASTER_KEY_PATH: masterKeyPath,
      ...input.envOf?.(name),
    }
    services[name] = await handle(name, folder, env, ports[name])
    stack.use(services[name].machine)
    services[name].machine.start()
  }
  const database = stack.use(await openDatabase(input.postgresUrl, { max: 2 }))
  const { db } = database
  const storage = createDrizzleKeyStore(db)
  const keys = createKeys({ prefix: 'alk_', storage, autoTrackUsage: false })
  let accounts = 0
  const createKey: ProcessHub['createKey'] = async (scopes, accountId) => {
    const email = `account-${(accounts += 1)}@example.com`
    const ownerId = accountId ?? (await createAccount(db, { email })).id
    const { key, record } = await keys.create({ ownerId, scopes, name: 'test' })
    return { key, keyId: record.id, accountId: ownerId }
  }
  const administrator = await createAccount(db, {
    email: 'admin@example.com',
    accessLevel: 'admin',
  })
  const admin = await createKey(['*'], administrator.id)
  await Promise.all(Object.values(services).map((service) => untilReady(service)))
  await untilGatewayKnowsAll(services.gateway.url, admin.key)
  const owned = stack.move()
  return {
    gateway: services.gateway.url,
    broker: services['spoke-broker'].url,
    inference: services['inference-proxy'].url,
    mcp: `${services.mcp.url}/mcp`,
    services,
    database,
    admin,
    createKey,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
