import type { CallSink, ProvidedCall } from '@alkdev/bus'
import { pinnedOperationId } from '@alkdev/contracts'
import { generateKey } from '@alkdev/crypto'
import { KEY_PREFIX, startService } from '@alkdev/service'
import type { RunningService, ServiceRuntime, StartServiceInput } from '@alkdev/service'
import { createTestConfig } from '@alkdev/service/testing'
import type { TestConfigInput } from '@alkdev/service/testing'
import { localEnvelope, OperationRegistry } from '@alkdev/operations'
import type { IOperationDefinition } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import {
  attachSpoke,
  createAccount,
  createDrizzleKeyStore,
  openDatabase,
  replaceRegistrations,
} from '@alkdev/storage'
import type { Database } from '@alkdev/storage'
import { createTestDatabase, testRedis } from '@alkdev/testing'
import { createKeys } from 'keypal'
import type { ApiKeyManager } from 'keypal'
import { createGateway } from '../service.ts'

type TestRequest = Omit<RequestInit, 'headers'> & {
  /** Default: the admin's. */
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Person {
  readonly accountId: string
  readonly key: string
  readonly keyId: string
}

type OtherService = 'spoke-broker' | 'inference-proxy' | 'mcp' | 'coordinator'

/** A gateway on real Postgres and Redis, with optional other services. */
export interface TestGateway extends AsyncDisposable {
  readonly database: Database
  readonly keys: ApiKeyManager
  readonly admin: Person
  readonly gateway: RunningService
  person(scopes: readonly string[], email?: string): Promise<Person>
  startGateway(sections?: TestConfigInput['sections']): Promise<RunningService>
  startService<S extends OtherService>(
    name: S,
    build: StartServiceInput<S>['build'],
  ): Promise<{ readonly service: RunningService; readonly runtime: ServiceRuntime<S> }>
  /** A spoke of the account that offers the operations, in a process of its own. */
  attach(ownerId: string, name: string, operations: readonly IOperationDefinition[]): Promise<void>
  fetch(path: string, init?: TestRequest): Promise<Response>
  call(operationId: string, input: unknown, init?: TestRequest): Promise<Response>
}

/** Answers calls of spokes with the handlers of a registry, as a broker would with a socket. */
function serve(registry: OperationRegistry, call: ProvidedCall, sink: CallSink): void {
  const { target, signal, header } = call
  const { input, principal, idempotencyKey } = header
  const name = target.kind === 'spoke' ? target.name : ''
  const context = {
    requestId: header.callId,
    identity: principal,
    signal,
    ...(idempotencyKey && { idempotencyKey }),
  }
  sink.started()
  if (call.spec.type !== 'subscription') {
    registry.execute(name, input, context).then(
      (envelope) => sink.respond(envelope),
      (error: unknown) => sink.fail(error),
    )
    return
  }
  void (async () => {
    try {
      for await (const { data } of registry.subscribe(name, input, context)) {
        await sink.item(localEnvelope(data, name))
      }
      sink.complete()
    } catch (error) {
      sink.fail(error)
    }
  })()
}

export async function createTestGateway(): Promise<TestGateway> {
  const postgres = await createTestDatabase()
  const database = await openDatabase(postgres.url)
  const redis = testRedis()
  const shared = {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    prefix: redis.prefix,
    busKey: generateKey(),
  }
  const keys = createKeys({ prefix: KEY_PREFIX, storage: createDrizzleKeyStore(database.db) })
  const running: RunningService[] = []
  const signal = new AbortController().signal
  let people = 0

  async function person(
    scopes: readonly string[],
    email?: string,
    accessLevel: 'user' | 'admin' = 'user',
  ): Promise<Person> {
    people += 1
    const account = await createAccount(database.db, {
      email: email ?? `person-${people}@example.org`,
      displayName: `Person ${people}`,
      accessLevel,
    })
    const { key, record } = await keys.create({ ownerId: account.id, scopes })
    return { accountId: account.id, key, keyId: record.id }
  }

  async function startGateway(sections?: TestConfigInput['sections']): Promise<RunningService> {
    const config = await createTestConfig('gateway', { ...shared, ...compact({ sections }) })
    const service = await createGateway(config, signal)
    running.push(service)
    return service
  }

  const admin = await person(['*'], undefined, 'admin')
  const gateway = await startGateway()

  const hub: TestGateway = {
    database,
    keys,
    admin,
    gateway,
    person,
    startGateway,
    async startService(name, build) {
      let runtime: Parameters<typeof build>[0] | undefined
      const service = await startService({
        name,
        config: await createTestConfig(name, shared),
        signal,
        build(given) {
          runtime = given
          return build(given)
        },
      })
      running.push(service)
      if (runtime === undefined) throw new Error('build was not called')
      return { service, runtime }
    },
    async attach(ownerId, name, operations) {
      const registry = new OperationRegistry()
      registry.registerAll(operations)
      const { runtime } = await hub.startService('spoke-broker', ({ bus }) => {
        bus.serveSpokes((call, sink) => serve(registry, call, sink))
      })
      const attached = await attachSpoke(database.db, {
        name,
        spokeType: 'dev-env',
        ownerId,
        instanceId: runtime.bus.instanceId,
        sessionTokenHash: name,
      })
      const change = await replaceRegistrations(database.db, {
        ...attached,
        operations: registry.getAllSpecs().map((spec) => ({
          operationId: pinnedOperationId('dev-env', name, `${spec.namespace}.${spec.name}`),
          namespace: `dev.${name}.${spec.namespace}`,
          name: spec.name,
          preRemapNamespace: spec.namespace,
          preRemapName: spec.name,
          spec,
          status: 'active',
        })),
      })
      await runtime.bus.announceChange(change)
    },
    fetch(path, { key = admin.key, headers, ...init } = {}) {
      const url = new URL(path, gateway.url)
      return fetch(url, { ...init, headers: { authorization: `Bearer ${key}`, ...headers } })
    },
    call(operationId, input, { headers, ...init } = {}) {
      return hub.fetch(`/api/operations/${operationId}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(input),
        ...init,
      })
    },
    async [Symbol.asyncDispose]() {
      for (const service of running.toReversed()) await service.stop(0)
      await keys[Symbol.asyncDispose]()
      await database.close()
      await postgres[Symbol.asyncDispose]()
    },
  }
  return hub
}
