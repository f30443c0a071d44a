import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '@alkdev/config'
import { CLIENT_SECRET_KEY, clientOrigin, clientSecretPlace } from '@alkdev/contracts'
import { generateKey } from '@alkdev/crypto'
import { KEY_PREFIX } from '@alkdev/service'
import { writeTestConfig } from '@alkdev/service/testing'
import type { TestConfigInput } from '@alkdev/service/testing'
import { uuidv7 } from '@alkdev/std'
import {
  addMember,
  createAccount,
  createClient,
  createDrizzleKeyStore,
  deleteClient,
  openDatabase,
  updateClient,
} from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { createTestDatabase, testRedis } from '@alkdev/testing'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createKeys } from 'keypal'
import { createMcpService } from '../service.ts'

export interface ToolAnswer {
  readonly isError: boolean
  /** The structured content: the data, or the error with its code. */
  readonly data: Readonly<Record<string, unknown>>
}

export interface OtherRights {
  readonly orgId?: string
  readonly scopes?: readonly string[]
  readonly resources?: Readonly<Record<string, readonly string[]>>
}

export interface OutsideStack extends AsyncDisposable {
  readonly database: Database
  readonly ownerId: string
  /** The configuration as a file, for another process of the service. */
  readonly configPath: string
  add(
    name: string,
    type: 'mcp-server' | 'openapi',
    config: Readonly<Record<string, unknown>>,
    secret?: string,
    orgId?: string,
  ): Promise<string>
  change(id: string, change: Parameters<typeof updateClient>[2]): Promise<void>
  remove(id: string): Promise<void>
  /** Calls an operation through the `call` tool. */
  call(operationId: string, input?: unknown, key?: string): Promise<ToolAnswer>
  /** Names that `list` shows in the namespace. */
  list(namespace: string, key?: string): Promise<string[]>
  /** A key of another account: with all scopes, a member of nothing and without grants, unless given. */
  otherKey(rights?: OtherRights): Promise<string>
}

/** The MCP service on real Postgres and Redis, with outside services at the loopback address. */
export async function startOutsideStack(
  mcpServers: Readonly<Record<string, unknown>> = {},
): Promise<OutsideStack> {
  const postgres = await createTestDatabase()
  const database = await openDatabase(postgres.url, { max: 2 })
  const { db } = database
  const redis = testRedis()
  const { id: ownerId } = await createAccount(db, {
    email: 'owner@example.org',
    accessLevel: 'admin',
  })
  const keys = createKeys({ prefix: KEY_PREFIX, storage: createDrizzleKeyStore(db) })
  const keyOf = async (account: string): Promise<string> =>
    (await keys.create({ ownerId: account, scopes: ['*'] })).key
  const own = await keyOf(ownerId)
  const shared: TestConfigInput = {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    prefix: redis.prefix,
    busKey: generateKey(),
    sections: {
      outbound: { allow: ['127.0.0.1'] },
      http: {
        ports: { gateway: 0, 'spoke-broker': 0, 'inference-proxy': 0, mcp: 0, coordinator: 0 },
        drainBudgetMs: 500,
      },
      mcpServers,
    },
  }
  const folder = await mkdtemp(join(tmpdir(), 'alkhub-stack-'))
  const configPath = await writeTestConfig(folder, shared)
  const config = await loadConfig({ path: configPath, service: 'mcp' })
  const service = await createMcpService(config, new AbortController().signal)
  const clients = new Map<string, Promise<Client>>()
  const connected = async (key: string): Promise<Client> => {
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${service.url}/mcp`), {
        requestInit: { headers: { authorization: `Bearer ${key}` } },
      }),
    )
    return client
  }
  const clientOf = (key: string): Promise<Client> => {
    const known = clients.get(key) ?? connected(key)
    clients.set(key, known)
    return known
  }
  const tool = async (name: string, input: object, key: string): Promise<ToolAnswer> => {
    const client = await clientOf(key)
    const answer = await client.callTool(
      { name, arguments: input as Record<string, unknown> },
      { timeout: 60_000 },
    )
    return {
      isError: answer.isError === true,
      data: (answer.structuredContent ?? { content: answer.content }) as Record<string, unknown>,
    }
  }
  return {
    database,
    ownerId,
    configPath,
    async add(name, type, given, secret, orgId) {
      const id = uuidv7()
      const sealed =
        secret === undefined
          ? {}
          : {
              [CLIENT_SECRET_KEY]: config.encryptionKeys.encrypt(
                secret,
                clientSecretPlace(id, clientOrigin(type, given)),
              ),
            }
      const ofOrg = orgId === undefined ? {} : { orgId }
      await createClient(db, { id, name, type, config: given, ownerId, ...ofOrg }, sealed)
      return id
    },
    change: async (id, change) => void (await updateClient(db, id, change)),
    remove: async (id) => void (await deleteClient(db, id)),
    call: (operationId, input = {}, key = own) => tool('call', { operationId, input }, key),
    async list(namespace, key = own) {
      const { data } = await tool('list', { namespace, limit: 200 }, key)
      const { items } = data as { readonly items: readonly { readonly operationId: string }[] }
      return items.map(({ operationId }) => operationId)
    },
    async otherKey({ orgId, scopes = ['*'], resources = {} } = {}) {
      const { id } = await createAccount(db, { email: `${uuidv7()}@example.org` })
      if (orgId !== undefined) await addMember(db, orgId, id, 'member')
      return (await keys.create({ ownerId: id, scopes, resources })).key
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients.values()) await (await client).close().catch(() => undefined)
      await service.stop(0)
      await rm(folder, { recursive: true, force: true })
      await keys[Symbol.asyncDispose]()
      await database.close()
      await postgres[Symbol.asyncDispose]()
    },
  }
}
