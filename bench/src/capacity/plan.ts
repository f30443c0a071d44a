import {
  MEASURED_INSTANCES,
  MEASURED_OPERATIONS,
  MEASURED_SESSIONS,
  MEASURED_STREAMS,
} from './figures.ts'
import type { Figures } from './figures.ts'
import type { Load } from './load.ts'

/** The share of a core that a process is planned to use: the rest is for peaks, and for the loss of a replica. */
const PLANNED_SHARE = 0.6
/** Replicas of each service that has work, so that one may be lost. */
const MIN_REPLICAS = 2
/** Sockets that a broker is planned to hold; its limit (`spokes.maxSockets`) is four times as much. */
const SOCKETS_OF_BROKER = 5000
/** Relayed sockets that a gateway is planned to hold, half of its limit. */
const SOCKETS_OF_GATEWAY = 10_000
/** Turns at a time of a coordinator (`sessions.maxConcurrentTurns`). */
const TURNS_OF_COORDINATOR = 256
/** Resident memory of a service without a registry and without work. */
const BASE_MIB = 120
/** What V8 lets a process use by default on a machine with 16 GiB or more. */
const HEAP_MIB = 4096
/** Connections of an instance to PostgreSQL (`postgres.maxConnections`). */
const CONNECTIONS = 10
/** Milliseconds that a search may keep an event loop: after two seconds without a renewal a process takes no calls. */
const SEARCH_MS = 1000
/** Cores of the PostgreSQL that the limit is computed for. */
const POSTGRES_CORES = 32
/** Readings of the list of identity changes by an instance in a second, and processor time of PostgreSQL for one: an estimate. */
const CHANGE_READS = 2.5
const CHANGE_READ_US = 60
/** Bytes a second of a network of 10 Gbit/s, half used. */
const NETWORK_BYTES = 625_000_000

export interface ServicePlan {
  readonly service: string
  readonly replicas: number
  /** Cores that all replicas use together. */
  readonly cores: number
  /** MiB of one replica. */
  readonly memoryMib: number
  /** What decides the number of replicas. */
  readonly because: string
}

/** A part that does not grow with the number of replicas, and how much of it the load uses; above 1 it breaks. */
export interface SharedPart {
  readonly part: string
  readonly used: number
  readonly limit: string
}

export interface CapacityPlan {
  readonly load: Load
  readonly services: readonly ServicePlan[]
  readonly instances: number
  readonly cores: number
  readonly memoryMib: number
  readonly redis: { readonly cores: number; readonly leaseBytesPerSecond: number }
  readonly postgres: {
    readonly cores: number
    readonly callRowsPerSecond: number
    readonly callBytesPerDay: number
    readonly connections: number
  }
  readonly registry: {
    readonly operations: number
    readonly memoryMibPerInstance: number
    readonly changesPerSecond: number
  }
  /** The part with the largest share comes first. */
  readonly shared: readonly SharedPart[]
  /** The first part that breaks: at this many times the load; below 1 it breaks before. */
  readonly breaksFirst: { readonly part: string; readonly atTimesTheLoad: number }
}

/** What a load needs, computed from measured figures. `replicas` are processes with a core each. */
export function planCapacity(load: Load, figures: Figures): CapacityPlan {
  const stepsPerSecond = (load.sessions * load.stepsPerMinute) / 60
  const toolCalls = stepsPerSecond
  const callsToSpokes = load.calls + toolCalls + load.queued + load.mcpCalls
  const allOperations = load.spokes * load.operations
  const registryMib = (allOperations * figures.operationBytes) / 2 ** 20
  const changesPerSecond = (load.spokes * load.changesPerHour) / 3600
  const changeCores = (changesPerSecond * figures.changeMs) / 1000
  const streamCores =
    ((load.streams + load.sessions) * figures.streamsPercent) / 100 / MEASURED_STREAMS
  const perSecond = (us: number, count: number): number => (us * count) / 1e6

  const service = (
    name: string,
    cores: number,
    extra: readonly (readonly [number, string])[],
    ownMib: (replicas: number) => number = () => 0,
  ): ServicePlan => {
    const wanted: (readonly [number, string])[] = [
      [MIN_REPLICAS, 'two, so that one may be lost'],
      [cores / Math.max(0.05, PLANNED_SHARE - changeCores), 'processor time'],
      ...extra,
    ]
    const [count, because] = wanted.reduce((most, one) => (one[0] > most[0] ? one : most))
    const replicas = Math.ceil(count)
    const memoryMib = BASE_MIB + registryMib + ownMib(replicas)
    return { service: name, replicas, cores: cores + replicas * changeCores, memoryMib, because }
  }
  const services = [
    service('gateway', perSecond(figures.gatewayUs, load.calls), [
      [load.spokes / SOCKETS_OF_GATEWAY, 'relayed sockets'],
    ]),
    service(
      'spoke-broker',
      perSecond(figures.brokerUs, callsToSpokes),
      [[load.spokes / SOCKETS_OF_BROKER, 'sockets']],
      (replicas) => ((load.spokes / replicas) * figures.idleSpokeKib) / 1024,
    ),
    service('inference-proxy', perSecond(figures.modelCallUs, stepsPerSecond) + streamCores, []),
    // Measured with all processes on two cores, so that these numbers are more than is needed.
    service('mcp', load.mcpCalls / figures.mcpPerSecond, []),
    service(
      'coordinator',
      stepsPerSecond / figures.stepsPerSecond + load.queued / figures.queuedPerSecond,
      [[load.sessions / TURNS_OF_COORDINATOR, 'turns at a time']],
      (replicas) => ((load.sessions / replicas) * figures.sessionsMb) / MEASURED_SESSIONS,
    ),
  ]
  const instances = services.reduce((sum, { replicas }) => sum + replicas, 0)
  // Every instance reads the leases of all, so both grow with the square of their number.
  const fleets = (instances / MEASURED_INSTANCES) ** 2
  const leaseBytes = figures.leaseBytes * fleets
  const redisCores = perSecond(figures.redisUs, callsToSpokes) + figures.leaseCores * fleets
  const postgresCores =
    perSecond(figures.postgresUs, callsToSpokes) +
    perSecond(CHANGE_READ_US, instances * (CHANGE_READS + changesPerSecond))
  const largest = Math.max(...services.map(({ memoryMib }) => memoryMib))
  const shared: SharedPart[] = [
    {
      part: 'Redis, processor time',
      used: redisCores,
      limit: 'one core: commands run in one thread',
    },
    {
      part: 'memory of an instance',
      used: largest / HEAP_MIB,
      limit: `${HEAP_MIB} MiB of heap: every instance holds the whole registry`,
    },
    {
      part: 'changes of the registry',
      used: changeCores / 0.2,
      limit: 'a fifth of the time of each event loop',
    },
    {
      part: 'a search for operations',
      used: (figures.searchMs * allOperations) / MEASURED_OPERATIONS / SEARCH_MS,
      limit: `${SEARCH_MS} ms of an event loop: it reads every copy of an operation`,
    },
    {
      part: 'PostgreSQL, processor time',
      used: postgresCores / POSTGRES_CORES,
      limit: `${POSTGRES_CORES} cores`,
    },
    {
      part: 'Redis, lease traffic',
      used: leaseBytes / NETWORK_BYTES,
      limit: 'half of 10 Gbit/s',
    },
  ].toSorted((a, b) => b.used - a.used)
  const [first] = shared
  return {
    load,
    services,
    instances,
    cores: services.reduce((sum, { cores }) => sum + cores, 0),
    memoryMib: services.reduce((sum, { memoryMib, replicas }) => sum + memoryMib * replicas, 0),
    redis: { cores: redisCores, leaseBytesPerSecond: leaseBytes },
    postgres: {
      cores: postgresCores,
      callRowsPerSecond: callsToSpokes,
      callBytesPerDay: callsToSpokes * figures.rowBytes * 86_400,
      connections: instances * CONNECTIONS,
    },
    registry: { operations: allOperations, memoryMibPerInstance: registryMib, changesPerSecond },
    shared,
    breaksFirst: { part: first?.part ?? '', atTimesTheLoad: 1 / (first?.used ?? Number.NaN) },
  }
}
