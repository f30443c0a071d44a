import { pinnedOperationId } from '@alkdev/contracts'
import { generateKey } from '@alkdev/crypto'
import { KEY_PREFIX, startService } from '@alkdev/service'
import type { RunningService } from '@alkdev/service'
import { createTestConfig } from '@alkdev/service/testing'
import type { TestConfigInput } from '@alkdev/service/testing'
import {
  attachSpoke,
  createAccount,
  createDrizzleKeyStore,
  openDatabase,
  replaceRegistrations,
  revokeApiKey,
  setRequestLimits,
} from '@alkdev/storage'
import { createTestDatabase, testRedis } from '@alkdev/testing'
import { compact } from '@alkdev/std'
import { createKeys } from 'keypal'
import { createMcpService } from '../service.ts'
import { answerProbe, probeSpecs } from './probe-operations.ts'

export { HANGING } from './probe-operations.ts'

export interface TestMcp extends AsyncDisposable {
  readonly url: string
  readonly key: string
  /** Calls that reached the spoke, with their signals. */
  readonly calls: AbortSignal[]
  /** Another key of the account, with all scopes unless given. `perDay`: its requests. */
  createKey(options?: {
    readonly name?: string
    readonly scopes?: readonly string[]
    readonly perDay?: number
  }): Promise<{ readonly key: string; readonly keyId: string }>
  revoke(keyId: string): Promise<void>
  /** Replaces a key at once, as `keys.rotate` does. */
  rotate(keyId: string): Promise<{ readonly key: string; readonly keyId: string }>
  /** Starts another replica; its URL. */
  addReplica(): Promise<string>
}

/** The MCP service on real Postgres and Redis, beside a broker with one spoke that offers the probe operations. */
export async function startTestMcp(http: object = {}, more: object = {}): Promise<TestMcp> {
  const postgres = await createTestDatabase()
  const database = await openDatabase(postgres.url, { max: 2 })
  const redis = testRedis()
  const shared = {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    prefix: redis.prefix,
    busKey: generateKey(),
  }
  const { signal } = new AbortController()
  const sections: TestConfigInput['sections'] = {
    http: {
      ports: { gateway: 0, 'spoke-broker': 0, 'inference-proxy': 0, mcp: 0, coordinator: 0 },
      drainBudgetMs: 500,
      ...http,
    },
    ...more,
  }
  const config = await createTestConfig('mcp', { ...shared, sections })
  const services = [await createMcpService(config, signal)]
  const { id: ownerId } = await createAccount(database.db, { email: 'owner@example.org' })
  const keys = createKeys({ prefix: KEY_PREFIX, storage: createDrizzleKeyStore(database.db) })
  const createKey: TestMcp['createKey'] = async ({ name, scopes = ['*'], perDay } = {}) => {
    const { key, record } = await keys.create({ ownerId, scopes, ...compact({ name }) })
    if (perDay !== undefined)
      await setRequestLimits(database.db, { of: 'key', id: record.id }, { perDay })
    return { key, keyId: record.id }
  }
  const calls: AbortSignal[] = []
  const broker = await startBroker(shared, calls, (instanceId) =>
    attachProbe(database.db, ownerId, instanceId),
  )
  return {
    url: `${services[0]?.url}/mcp`,
    key: (await createKey()).key,
    calls,
    createKey,
    revoke: async (keyId) => void (await revokeApiKey(database.db, keyId)),
    async rotate(keyId) {
      const { key, record } = await keys.rotate(keyId, { graceMs: 0 })
      return { key, keyId: record.id }
    },
    async addReplica() {
      const replica = await createMcpService(
        await createTestConfig('mcp', { ...shared, sections }),
        signal,
      )
      services.push(replica)
      return `${replica.url}/mcp`
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(services.map((service) => service.stop(0)))
      await broker.stop(0)
      await keys[Symbol.asyncDispose]()
      await database.close()
      await postgres[Symbol.asyncDispose]()
    },
  }
}

async function startBroker(
  shared: TestConfigInput,
  calls: AbortSignal[],
  attach: (instanceId: string) => Promise<number>,
): Promise<RunningService> {
  let announce: (() => Promise<void>) | undefined
  const broker = await startService({
    name: 'spoke-broker',
    config: await createTestConfig('spoke-broker', shared),
    signal: new AbortController().signal,
    build({ bus }) {
      bus.serveSpokes((call, sink) => {
        sink.started()
        calls.push(call.signal)
        call.signal.addEventListener('abort', () => sink.fail(call.signal.reason), { once: true })
        void answerProbe(call, sink).catch((error: unknown) => sink.fail(error))
      })
      announce = async () => bus.announceChange(await attach(bus.instanceId))
    },
  })
  await announce?.()
  return broker
}

async function attachProbe(
  db: Parameters<typeof attachSpoke>[0],
  ownerId: string,
  instanceId: string,
): Promise<number> {
  const attached = await attachSpoke(db, {
    name: 'probe',
    spokeType: 'dev-env',
    ownerId,
    instanceId,
    sessionTokenHash: 'probe',
  })
  return replaceRegistrations(db, {
    ...attached,
    operations: probeSpecs.map((spec) => ({
      operationId: pinnedOperationId('dev-env', 'probe', `probe.${spec.name}`),
      namespace: 'dev.probe.probe',
      name: spec.name,
      preRemapNamespace: 'probe',
      preRemapName: spec.name,
      spec,
      status: 'active',
    })),
  })
}
