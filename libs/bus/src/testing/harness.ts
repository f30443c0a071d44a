import type { CallRecord, RegistrySpoke, ServiceOperation } from '@alkdev/contracts'
import { OperationRegistry } from '@alkdev/operations'
import type { AccessControl, Identity, OperationContext, OperationSpec } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import { createBus } from '../create-bus.ts'
import type { BusOptions } from '../options.ts'
import type { Bus } from '../bus.ts'
import { MemorySource } from './memory-source.ts'

export const BUS_KEY = Buffer.alloc(32, 7).toString('base64')

/** Has every scope. */
export const alice: Identity = { id: 'alice', scopes: ['*'] }
export const bob: Identity = { id: 'bob', scopes: ['*'] }

export const OPEN: AccessControl = { requiredScopes: [] }

/** A spec with defaults for the members that a test does not set. */
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
    accessControl: OPEN,
    ...given,
  }
}

type Handler = (input: never, context: OperationContext) => unknown

/** A spec and its handler. */
export type Served = readonly [OperationSpec, Handler]

/** A registry of the specs and handlers of one service. */
export function registryOf(...operations: readonly Served[]): OperationRegistry {
  const registry = new OperationRegistry()
  for (const [described, handler] of operations) {
    registry.register({ ...described, handler })
  }
  return registry
}

export interface TestBus {
  readonly bus: Bus
  readonly records: CallRecord[]
}

export type TestBusOptions = Partial<BusOptions> & {
  readonly url: string
  readonly prefix: string
}

/** A bus that keeps its records; not started. */
export function testBus({ url, ...given }: TestBusOptions): TestBus {
  const records: CallRecord[] = []
  const bus = createBus({
    redis: { url },
    busKey: BUS_KEY,
    service: 'gateway',
    instanceUrl: 'http://127.0.0.1:1',
    contracts: [],
    source: new MemorySource(),
    onCallEnded: (record) => {
      records.push(record)
    },
    ...given,
  })
  return { bus, records }
}

/** The same, started. */
export async function startedBus(options: TestBusOptions): Promise<TestBus> {
  const made = testBus(options)
  await made.bus.start()
  return made
}

export function contractsOf(
  service: ServiceOperation['service'],
  ...specs: readonly OperationSpec[]
): ServiceOperation[] {
  return specs.map((described) => ({ spec: described, service }))
}

/** A prefix of its own for each test. */
export function freshPrefix(): string {
  return `t-${uuidv7()}`
}

/** A connected dev spoke of alice's, at an instance. */
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
    operations: operations.map((described) => ({
      operationId: `dev.${name}.${described.namespace}.${described.name}`,
      name: `${described.namespace}.${described.name}`,
      spec: described,
      status: 'active',
    })),
    ...given,
  }
}

/** The same spoke, whose operations were offered first at this moment. */
export function offered(offeredAtMs: number, spoke: RegistrySpoke): RegistrySpoke {
  return {
    ...spoke,
    operations: spoke.operations.map((operation) => ({ ...operation, offeredAtMs })),
  }
}

export interface Pair extends AsyncDisposable {
  readonly prefix: string
  readonly caller: TestBus
  readonly provider: TestBus
}

/** A caller, and a coordinator that provides the operations. */
export async function pair(
  url: string,
  operations: readonly Served[],
  given: Partial<TestBusOptions> = {},
): Promise<Pair> {
  const contracts = contractsOf('coordinator', ...operations.map(([described]) => described))
  const options = { url, prefix: freshPrefix(), contracts, ...given }
  const provider = testBus({ ...options, service: 'coordinator' })
  provider.bus.serveService(registryOf(...operations))
  await provider.bus.start()
  const caller = await startedBus(options)
  return {
    prefix: options.prefix,
    caller,
    provider,
    async [Symbol.asyncDispose]() {
      await caller.bus[Symbol.asyncDispose]()
      await provider.bus[Symbol.asyncDispose]()
    },
  }
}
