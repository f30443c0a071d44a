import { createBus } from '@alkdev/bus'
import type { Bus } from '@alkdev/bus'
import type { ServiceName } from '@alkdev/contracts'
import { SERVICE_OPERATIONS } from '@alkdev/contracts'
import { compact } from '@alkdev/std'
import type { Dependencies } from './open-dependencies.ts'
import { registrySource } from './change-sources.ts'
import type { CommonConfig } from './service-runtime.ts'

export interface BusInput {
  readonly name: ServiceName
  readonly config: CommonConfig
  readonly dependencies: Dependencies
  readonly url: string
  /** Versions of the key ring, for services that have one. */
  readonly keyVersions?: readonly number[] | undefined
  readonly onRejoined: (instanceId: string, formerId: string) => void
}

/** The keys of the bus; the first one signs. */
export function busKeysOf({ bus }: Pick<CommonConfig, 'bus'>): string[] {
  return [bus.key, ...(bus.previousKey === undefined ? [] : [bus.previousKey])].map((key) =>
    key.reveal(),
  )
}

/** The bus of the process, not started yet. */
export function openBus(input: BusInput): Bus {
  const { config, dependencies } = input
  const { bus, limits, redis, retention, spokes } = config
  return createBus({
    redis,
    prefix: redis.prefix,
    busKey: busKeysOf(config),
    service: input.name,
    instanceUrl: input.url,
    contracts: SERVICE_OPERATIONS,
    source: registrySource(dependencies.db),
    ...compact({ keyVersions: input.keyVersions }),
    onCallEnded: (record) => dependencies.recorder.record(record),
    onRejoined: input.onRejoined,
    ...compact({ tracer: dependencies.tracer }),
    logger: dependencies.logger,
    limits: {
      callTimeoutMs: limits.callTimeoutMs,
      maxCallTimeoutMs: limits.maxCallTimeoutMs,
      subscriptionIdleTimeoutMs: limits.subscriptionIdleTimeoutMs,
      maxCallDepth: limits.maxCallDepth,
      maxPayloadBytes: limits.maxPayloadBytes,
      maxMessageBytes: bus.inlineMessageBytes,
      maxProvided: limits.maxInFlight,
      suspendedMs: spokes.suspendedMs,
      maxEvents: retention.events,
    },
  })
}
