import { OperationRegistry } from '@alkdev/operations'
import type { Identity, IOperationDefinition, OperationSpec } from '@alkdev/operations'
import type { ServiceOperation } from '@alkdev/contracts'
import { uuidv7 } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { createBus } from '../bus.ts'
import type { BusLimits, BusOptions } from '../options.ts'
import type {
  Bus,
  CallRecord,
  RegistrySnapshot,
  RegistrySource,
  RegistrySpoke,
  ServiceName,
} from '../types.ts'

export const BUS_KEY = Buffer.alloc(32, 7).toString('base64')

/** The Redis of the test run. */
export function redisUrl(): string {
  return testRedis().url
}

export const alice: Identity = { id: 'alice', scopes: ['*'] }

/** A registry that lives in memory: what the storage library does with Postgres. */
export class MemorySource implements RegistrySource {
  readonly #spokes = new Map<string, RegistrySpoke>()
  readonly #changes: { readonly change: number; readonly spokeId: string }[] = []
  #change = 0
  /** Changes older than this are no longer listed. */
  keptFrom = 0
  loads = 0

  /** Commits a spoke; returns the number of the change. */
  put(spoke: RegistrySpoke): number {
    this.#spokes.set(spoke.spokeId, spoke)
    return this.#note(spoke.spokeId)
  }

  remove(spokeId: string): number {
    this.#spokes.delete(spokeId)
    return this.#note(spokeId)
  }

  get change(): number {
    return this.#change
  }

  loadAll(): Promise<RegistrySnapshot> {
    this.loads++
    return Promise.resolve({ change: this.#change, spokes: [...this.#spokes.values()] })
  }

  loadSince(
    since: number,
  ): Promise<(RegistrySnapshot & { readonly removedSpokeIds: readonly string[] }) | undefined> {
    if (since < this.keptFrom) return Promise.resolve(undefined)
    const touched = new Set(
      this.#changes.filter(({ change }) => change > since).map(({ spokeId }) => spokeId),
    )
    const spokes = [...touched].flatMap((spokeId) => this.#spokes.get(spokeId) ?? [])
    const removedSpokeIds = [...touched].filter((spokeId) => !this.#spokes.has(spokeId))
    return Promise.resolve({ change: this.#change, spokes, removedSpokeIds })
  }

  #note(spokeId: string): number {
    this.#changes.push({ change: ++this.#change, spokeId })
    return this.#change
  }
}

export type Definition = Omit<IOperationDefinition, 'handler'> & {
  readonly handler: (...args: never[]) => unknown
}

export function spec(id: string, given: Partial<OperationSpec> = {}): OperationSpec {
  const [namespace = '', name = ''] = id.split('.')
  return {
    namespace,
    name,
    version: '1.0.0',
    type: 'query',
    description: `Test operation ${id}`,
    inputSchema: {},
    outputSchema: {},
    accessControl: { requiredScopes: [] },
    ...given,
  }
}

export function registryOf(definitions: readonly Definition[]): OperationRegistry {
  const registry = new OperationRegistry()
  for (const definition of definitions) registry.register(definition as IOperationDefinition)
  return registry
}

export interface TestBus {
  readonly bus: Bus
  readonly records: CallRecord[]
}

export interface TestBusOptions {
  readonly url: string
  readonly prefix: string
  readonly service?: ServiceName
  readonly contracts?: readonly ServiceOperation[]
  readonly source?: RegistrySource
  readonly limits?: Partial<BusLimits>
  readonly busKey?: BusOptions['busKey']
}

export function testBus(options: TestBusOptions): TestBus {
  const records: CallRecord[] = []
  const bus = createBus({
    redis: { url: options.url },
    prefix: options.prefix,
    busKey: options.busKey ?? BUS_KEY,
    service: options.service ?? 'gateway',
    instanceUrl: 'http://127.0.0.1:1',
    contracts: options.contracts ?? [],
    source: options.source ?? new MemorySource(),
    onCallEnded: (record) => {
      records.push(record)
    },
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  return { bus, records }
}

/** A prefix of its own for each test. */
export function freshPrefix(): string {
  return `t-${uuidv7()}`
}

export function spokeOf(
  name: string,
  instanceId: string,
  operations: readonly OperationSpec[],
  given: Partial<RegistrySpoke> = {},
): RegistrySpoke {
  return {
    spokeId: `spoke-${name}`,
    name,
    spokeType: 'dev-env',
    ownerId: alice.id,
    status: 'connected',
    instanceId,
    epoch: 1,
    operations: operations.map((operation) => ({
      operationId: `dev.${name}.${operation.namespace}.${operation.name}`,
      name: `${operation.namespace}.${operation.name}`,
      spec: operation,
      status: 'active',
    })),
    ...given,
  }
}
