import { createMessageSealer } from '@alkdev/crypto'
import { holdsSecrets } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { Broadcast } from './broadcast.ts'
import type { Bus } from './bus.ts'
import { orphanRecord } from './caller/call-record.ts'
import { CallRequests } from './caller/call-request.ts'
import { CallStarter } from './caller/call-starter.ts'
import { Caller } from './caller/caller.ts'
import { returnsInMs, Router } from './caller/router.ts'
import { createCounters } from './counters.ts'
import { createDirectory } from './directory/directory.ts'
import { RegistryStore } from './directory/registry-store.ts'
import { RegistrySync } from './directory/registry-sync.ts'
import { SearchIndex } from './directory/search-index.ts'
import { SortedIds } from './directory/sorted-ids.ts'
import { endedRecorder } from './ended-recorder.ts'
import { EventLog } from './events.ts'
import { LeaseTable } from './leases/lease-table.ts'
import { Leases } from './leases/leases.ts'
import { SubscriptionProbe } from './leases/subscription-probe.ts'
import { frameHandler } from './on-frame.ts'
import { DEFAULT_BUS_LIMITS, SILENT_LOGGER } from './options.ts'
import type { BusOptions } from './options.ts'
import type { CallTarget } from './provided-call.ts'
import { Provider } from './provider/provider.ts'
import { abortCall, abortHere } from './queries/abort-call.ts'
import { callsBelow, childrenHere } from './queries/calls-below.ts'
import { findCall } from './queries/find-call.ts'
import { ResumeCalls } from './queries/resume-calls.ts'
import { createConnection } from './transport/redis-connections.ts'
import { RedisTransport } from './transport/redis-transport.ts'
import { SHARED_TOPIC } from './transport/transport.ts'
import { createCodec } from './wire/codec.ts'

/** The bus of one process; nothing is connected before `start`. */
export function createBus(options: BusOptions): Bus {
  const limits = { ...DEFAULT_BUS_LIMITS, ...options.limits }
  const logger = options.logger ?? SILENT_LOGGER
  const now = options.now ?? Date.now
  const counters = createCounters()
  const keys = typeof options.busKey === 'string' ? [options.busKey] : options.busKey
  const codec = createCodec(keys, counters)
  const { prefix, service } = options
  const publisher = createConnection(options.redis, `${prefix}:${service}:bus`)
  const subscriber = createConnection(options.redis, `${prefix}:${service}:bus:sub`)
  const transport = new RedisTransport({
    publisher,
    subscriber,
    prefix,
    codec,
    sealer: createMessageSealer(keys),
    isSecret({ header, target }) {
      const spec = specOf(header.operationId, target)
      return spec !== undefined && holdsSecrets(spec)
    },
    counters,
    logger,
    maxMessageBytes: limits.maxMessageBytes,
  })
  const index = new SearchIndex()
  const ids = new SortedIds()
  const store = new RegistryStore(options.contracts, {
    onAdded(entry) {
      index.add(entry)
      ids.add(entry.operationId)
    },
    onRemoved(entry) {
      index.remove(entry.operationId)
      ids.delete(entry.operationId)
    },
    onServesOthers: (spokeId) => caller.reviewAccess(spokeId),
  })
  const reloadMs = limits.registryReloadMs
  const sync = new RegistrySync({ source: options.source, store, reloadMs, counters, logger })
  const directory = createDirectory({ store, index, ids, change: () => sync.change })
  const probe = new SubscriptionProbe(transport)
  const leases = new Leases({
    table: new LeaseTable(publisher, prefix, codec),
    transport,
    limits,
    counters,
    logger,
    service,
    url: options.instanceUrl,
    keyVersions: options.keyVersions,
    load: () => provider.active.size,
    ping: (instanceId) => probe.ping(instanceId),
    onSeen() {
      caller.reviewProviders()
      provider.reviewCallers()
    },
    onRejoined(instanceId, formerId) {
      options.onRejoined?.(instanceId, formerId)
    },
    onStuck: () => publisher.disconnect(true),
  })
  const instanceId = (): string => leases.instanceId
  const router = new Router({
    leases,
    service,
    suspendedMs: limits.suspendedMs,
    servesOwnService: () => provider.handlers.service !== undefined,
    servesSpokes: () => provider.handlers.spokes !== undefined,
  })
  const record = endedRecorder(options, logger)
  const specOf = (operationId: string, target: CallTarget): OperationSpec | undefined =>
    target.kind === 'spoke'
      ? store.offered(target.spokeId, target.name)?.spec
      : store.get(operationId)?.spec
  const provider: Provider = new Provider({
    transport,
    leases,
    limits,
    counters,
    specOf,
    expectedInMs(target) {
      const forMs =
        target.kind === 'spoke' ? store.suspendedForMs(target.spokeId, target.epoch) : undefined
      return forMs === undefined ? undefined : returnsInMs(forMs, limits.suspendedMs)
    },
    onAborted: (callId, error) => caller.abortChildren(callId, error),
    onResumed: (run) => resumption.onResumed(run),
    onOrphaned: (run) => void record(orphanRecord(run, now())).catch(() => undefined),
  })
  const caller: Caller = new Caller({
    transport,
    leases,
    limits,
    counters,
    router,
    store,
    provider,
    specOf,
    // A new provider may be missing from either the registry or the leases.
    refresh: (registry) =>
      Promise.allSettled([leases.look(), registry ? sync.refresh() : undefined]),
    now,
    record,
  })
  const broadcast = new Broadcast(transport, instanceId, {
    abort: ({ callId, reason }) => abortHere(caller, callId, reason),
    find: ({ callId }) => ({ running: caller.find(callId)?.running }),
    below: ({ callIds }) => ({ calls: childrenHere(caller, callIds) }),
    resume({ attempts, spokeId, epoch }, from) {
      caller.resume(attempts, spokeId, from, epoch)
      return {}
    },
  })
  const resumption = new ResumeCalls(broadcast)
  const requests = new CallRequests({ limits, service, caller, provider, instanceId })
  const starter = new CallStarter(caller, requests)
  const events = new EventLog({ redis: publisher, prefix, counters, maxEvents: limits.maxEvents })
  const onFrame = frameHandler({ broadcast, caller, counters, leases, probe, provider, sync })
  let started = false

  return {
    get instanceId() {
      return leases.instanceId
    },
    directory,
    counters,
    get gauges() {
      return {
        waiting: caller.size,
        running: provider.active.size,
        remembered: provider.remembered,
        instances: leases.size,
        operations: index.size,
      }
    },
    get healthy() {
      return started && transport.ready && leases.sure && sync.healthy
    },
    async lookUp(operationId, identity) {
      const known = directory.get(operationId, identity)
      if (known !== undefined) return known
      await sync.refresh().catch(() => undefined)
      return directory.get(operationId, identity)
    },
    call: (operationId, input, given) => starter.call(operationId, input, given),
    subscribe: (operationId, input, given) => starter.subscribe(operationId, input, given),
    open: (operationId, input, given) => starter.open(operationId, input, given),
    serveService(registry) {
      provider.handlers.service = registry
    },
    serveLocal(registry) {
      provider.handlers.local = registry
    },
    serveSpokes(spokes) {
      provider.handlers.spokes = spokes
    },
    spokeLost(spokeId, epoch, reason) {
      store.suspend(spokeId, epoch)
      provider.spokeLost(spokeId, epoch, reason)
    },
    resume: (spokeId, epoch, calls) => resumption.resume(spokeId, epoch, calls),
    async announceChange(change) {
      if (change > sync.change) await sync.refresh()
      // Without Redis no instance receives it; each reads the registry when Redis is back.
      await transport
        .publish(SHARED_TOPIC, { type: 'change', from: leases.instanceId, change })
        .catch(() => undefined)
    },
    emit: (type, id, payload) => events.emit(type, id, payload),
    instances: (of) => leases.of(of),
    lookForInstances: () => leases.look(),
    isLost: (id) => leases.isLost(id, -Infinity),
    isDraining: (id) => leases.find(id)?.draining === true,
    abort: (callId, reason) => abortCall({ caller, broadcast }, callId, reason),
    find: (callId) => findCall({ caller, broadcast }, callId),
    below: (callId) => callsBelow({ caller, broadcast }, callId),
    mayContinue: (callId, identity) => caller.mayContinue(callId, identity),

    async start() {
      await transport.start({
        onFrame,
        onReady() {
          if (!started) return
          leases.grantGrace()
          caller.check(true)
          void sync.refresh().catch(() => undefined)
        },
      })
      await transport.subscribe(SHARED_TOPIC)
      await sync.start()
      await leases.start()
      provider.start()
      caller.startChecks()
      started = true
    },

    async drain(signal) {
      await leases.drain()
      await provider.active.whenIdleOr(signal)
    },

    async [Symbol.asyncDispose]() {
      started = false
      provider.stop('draining')
      await caller.stop()
      sync.stop()
      await leases.stop()
      await transport.stop()
    },
  }
}
