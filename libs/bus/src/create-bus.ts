import { createMessageSealer } from '@alkdev/crypto'
import { holdsSecrets } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { createRedisConnection, createSubscriber } from '@alkdev/redis'
import type { RedisConnectionOptions } from '@alkdev/redis'
import { sharedNow } from '@alkdev/std'
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
import { DirectoryIndex } from './directory/directory-index.ts'
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
import { abortCall } from './queries/abort-call.ts'
import { answersOf } from './queries/answers-of.ts'
import { callsBelow } from './queries/calls-below.ts'
import { collectCall } from './queries/collect-call.ts'
import { findCall } from './queries/find-call.ts'
import { loadsOfSpokes } from './queries/loads-of-spokes.ts'
import { ResumeCalls } from './queries/resume-calls.ts'
import { RedisTransport } from './transport/redis-transport.ts'
import { SHARED_TOPIC } from './transport/transport.ts'
import { createCodec } from './wire/codec.ts'

/** The bus of one process; nothing is connected before `start`. */
export function createBus(options: BusOptions): Bus {
  const limits = { ...DEFAULT_BUS_LIMITS, ...options.limits }
  const logger = options.logger ?? SILENT_LOGGER
  const now = options.now ?? sharedNow
  const counters = createCounters()
  const keys = typeof options.busKey === 'string' ? [options.busKey] : options.busKey
  const codec = createCodec(keys, counters)
  const { prefix, service, tracer } = options
  const onError = (err: Error): void => logger.debug({ err }, 'Redis connection of the bus')
  const named = (name: string): RedisConnectionOptions => ({
    name: `alkhub:${service}:${name}`,
    onError,
  })
  const publisher = createRedisConnection('commands', options.redis, named('bus'))
  const subscriber = createSubscriber('commands', options.redis, named('bus-subscriptions'))
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
  const index = new DirectoryIndex(() => store.entries)
  const ids = new SortedIds()
  const store = new RegistryStore(options.contracts, {
    onAdded(entry) {
      index.set(entry)
      ids.add(entry.operationId)
    },
    onRemoved(entry) {
      index.delete(entry)
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
    tracer,
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
  const broadcast = new Broadcast(transport, instanceId, answersOf({ caller, provider }))
  const resumption = new ResumeCalls(broadcast)
  const requests = new CallRequests({ limits, service, caller, provider, tracer, instanceId })
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
        operations: ids.size,
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
    serveSpokes(spokes, loadOf) {
      provider.handlers.spokes = spokes
      provider.handlers.loadOfSpoke = loadOf
    },
    loadsOfSpokes: (spokeIds) => loadsOfSpokes(broadcast, spokeIds),
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
    allInstances: () => leases.all(),
    lookForInstances: () => leases.look(),
    isLost: (id) => leases.isLost(id, -Infinity),
    isDraining: (id) => leases.find(id)?.draining === true,
    abort: (callId, reason) => abortCall({ caller, broadcast }, callId, reason),
    find: (callId) => findCall({ caller, broadcast }, callId),
    below: (callId) => callsBelow({ caller, broadcast }, callId),
    collect: (callId, signal) => collectCall(broadcast, callId, signal),
    leave: (callId) => caller.find(callId)?.leave() ?? false,
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
