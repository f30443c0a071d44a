import { PassThrough } from 'node:stream'
import {
  CLIENT_SECRET_KEY,
  clientOrigin,
  clientSecretPlace,
  MODEL_CALL_PURPOSE,
  MODEL_CALL_TTL_MS,
} from '@alkdev/contracts'
import type { LlmProviderConfig, ModelCallToken } from '@alkdev/contracts'
import { signToken } from '@alkdev/crypto'
import type { KeyRing } from '@alkdev/crypto'
import { KEY_PREFIX } from '@alkdev/service'
import type { RunningService } from '@alkdev/service'
import { createTestConfig } from '@alkdev/service/testing'
import type { TestConfigInput } from '@alkdev/service/testing'
import { uuidv7 } from '@alkdev/std'
import {
  createAccount,
  createClient,
  createDrizzleKeyStore,
  openDatabase,
  revokeApiKey,
} from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { createSessionGrant } from '@alkdev/storage/sessions'
import { createTestDatabase, testRedis } from '@alkdev/testing'
import { createKeys } from 'keypal'
import { createInferenceProxy } from '../service.ts'

export interface TestProxy extends AsyncDisposable {
  readonly service: RunningService
  readonly database: Database
  readonly logs: () => string
  readonly ownerId: string
  /** One more proxy on the same database and Redis. It is stopped with the first one. */
  replica(): Promise<RunningService>
  /** A key of the account that all providers belong to. */
  createKey(): Promise<{ readonly key: string; readonly keyId: string }>
  revoke(keyId: string): Promise<void>
  /** The token with which the coordinator calls models for a session, in the rights of a key of the account. */
  sessionToken(keyId: string, sessionId: string): Promise<string>
  /** `secret`: its API key, or several by their names. */
  addProvider(
    name: string,
    config: LlmProviderConfig,
    secret?: string | Readonly<Record<string, string>>,
  ): Promise<string>
  /** `POST /v1/<path>` with a key of the account. */
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** `POST /v1/chat/completions` with a key of the account. */
  chat(body: object, key?: string): Promise<Response>
}

/** What a test puts into the database before the proxy starts. */
export type Prepare = (database: Database, ring: KeyRing, ownerId: string) => Promise<void>

/** A proxy on real Postgres and Redis that may reach this machine, and an account with a key. */
export async function startTestProxy(
  sections: TestConfigInput['sections'] = {},
  prepare?: Prepare,
): Promise<TestProxy> {
  const postgres = await createTestDatabase()
  const database = await openDatabase(postgres.url, { max: 2 })
  const redis = testRedis()
  const config = await createTestConfig('inference-proxy', {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    prefix: redis.prefix,
    sections: { outbound: { allow: ['127.0.0.0/8'] }, logging: { level: 'debug' }, ...sections },
  })
  const { id: ownerId } = await createAccount(database.db, { email: 'owner@example.org' })
  await prepare?.(database, config.encryptionKeys, ownerId)
  const logDestination = new PassThrough()
  let logged = ''
  logDestination.on('data', (chunk: Buffer) => (logged += chunk.toString()))
  const service = await createInferenceProxy(config, new AbortController().signal, {
    logDestination,
  })
  const keys = createKeys({ prefix: KEY_PREFIX, storage: createDrizzleKeyStore(database.db) })
  const createKey = async (): Promise<{ key: string; keyId: string }> => {
    const { key, record } = await keys.create({ ownerId, scopes: ['inference:use'] })
    return { key, keyId: record.id }
  }
  const own = await createKey()
  const replicas: RunningService[] = []
  return {
    service,
    database,
    ownerId,
    async replica() {
      const more = await createInferenceProxy(config, new AbortController().signal, {
        logDestination,
      })
      replicas.push(more)
      return more
    },
    logs: () => logged,
    createKey,
    async sessionToken(keyId, sessionId) {
      const scopes = ['inference:use']
      const caller = { accountId: ownerId, keyId, scopes, resources: {} }
      const grantId = await createSessionGrant(database.db, caller)
      const [turnId, stepId, callId] = [uuidv7(), uuidv7(), uuidv7()]
      const call: ModelCallToken = { grantId, sessionId, turnId, stepId, callId }
      return signToken(call, config.bus.key.reveal(), MODEL_CALL_TTL_MS, {
        purpose: MODEL_CALL_PURPOSE,
      })
    },
    revoke: async (keyId) => void (await revokeApiKey(database.db, keyId)),
    async addProvider(name, provider, secret) {
      const id = uuidv7()
      const origin = clientOrigin('llm-provider', provider)
      const secrets = typeof secret === 'string' ? { [CLIENT_SECRET_KEY]: secret } : (secret ?? {})
      const sealed = Object.fromEntries(
        Object.entries(secrets).map(([key, value]) => [
          key,
          config.encryptionKeys.encrypt(value, clientSecretPlace(id, origin, key)),
        ]),
      )
      await createClient(
        database.db,
        { id, name, type: 'llm-provider', config: provider, ownerId },
        sealed,
      )
      return id
    },
    post: (path, body, headers = {}) =>
      fetch(`${service.url}/v1/${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${own.key}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify(body),
      }),
    chat: (body, key = own.key) =>
      fetch(`${service.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [], ...body }),
      }),
    async [Symbol.asyncDispose]() {
      await Promise.all([service, ...replicas].map((one) => one.stop(0)))
      await keys[Symbol.asyncDispose]()
      await database.close()
      await postgres[Symbol.asyncDispose]()
    },
  }
}
