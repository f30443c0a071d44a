import type { RegistrySpoke } from '@alkdev/contracts'
import { localEnvelope } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { testRedis } from '@alkdev/testing'
import { alice, freshPrefix, spokeOf, startedBus, testBus } from './harness.ts'
import type { TestBus } from './harness.ts'
import { MemorySource } from './memory-source.ts'
import type { CallProvider, CallSink, LoadOfSpoke, ProvidedCall } from '../provided-call.ts'

/** The options of calls that alice makes. */
export const by = { principal: alice }

/** A call that was dispatched to a spoke. */
export interface Given {
  readonly call: ProvidedCall
  readonly sink: CallSink
}

export interface Broker extends TestBus {
  /** Calls dispatched to its spokes. */
  readonly given: Given[]
}

/** A caller and brokers that share a registry and pass calls to the test. */
export class Hub {
  readonly source = new MemorySource()
  readonly prefix = freshPrefix()
  readonly #open: TestBus[] = []

  async caller(limits = {}): Promise<TestBus> {
    const made = await startedBus({
      url: testRedis().url,
      prefix: this.prefix,
      source: this.source,
      limits,
    })
    this.#open.push(made)
    return made
  }

  async broker(provider?: CallProvider, loadOf?: LoadOfSpoke): Promise<Broker> {
    const { source, prefix } = this
    const made = testBus({ url: testRedis().url, prefix, source, service: 'spoke-broker' })
    const given: Given[] = []
    made.bus.serveSpokes((call, sink) => {
      given.push({ call, sink })
      provider?.(call, sink)
    }, loadOf)
    await made.bus.start()
    this.#open.push(made)
    return { ...made, given }
  }

  /** Commits a spoke and announces it from its broker. */
  async attach(
    broker: TestBus,
    name: string,
    operations: readonly OperationSpec[],
    given: Partial<RegistrySpoke> = {},
  ): Promise<RegistrySpoke> {
    const spoke = spokeOf(name, broker.bus.instanceId, operations, given)
    await broker.bus.announceChange(this.source.put(spoke))
    return spoke
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { bus } of this.#open.toReversed()) await bus[Symbol.asyncDispose]()
  }
}

/** Answers each call with the name of its operation. */
export const answer: CallProvider = (call, sink) => {
  sink.started()
  sink.respond(localEnvelope(call.target, call.header.operationId))
}
/** Refuses each call with the code. */
export const refuse =
  (code: 'OVERLOADED' | 'PROVIDER_UNAVAILABLE'): CallProvider =>
  (_call, sink) =>
    sink.refuse(code, 'not now', 700)
