import { createMessageSealer } from '@alkdev/crypto'
import { CallError, holdsSecrets } from '@alkdev/operations'
import { deferred } from '@alkdev/std'
import { Caller } from './caller/caller.ts'
import { orphanRecord } from './caller/call-record.ts'
import { PendingCall } from './caller/pending-call.ts'
import { Router } from './caller/router.ts'
import { Subscription } from './caller/subscription.ts'
import { CallFinder } from './call-finder.ts'
import { CallHeads } from './call-init.ts'
import { createCounters } from './counters.ts'
import { createDirectory } from './directory/directory.ts'
import { RegistryStore } from './directory/registry-store.ts'
import { RegistrySync } from './directory/registry-sync.ts'
import { SearchIndex } from './directory/search-index.ts'
import { SortedIds } from './directory/sorted-ids.ts'
import { EventLog } from './events.ts'
import { KillSwitch } from './kill-switch.ts'
import { LeaseTable } from './leases/lease-table.ts'
import { LoopProof } from './leases/loop-proof.ts'
import { Leases } from './leases/leases.ts'
import { DEFAULT_BUS_LIMITS, SILENT_LOGGER } from './options.ts'
import type { BusOptions } from './options.ts'
import { Provider } from './provider/provider.ts'
import { Resumption } from './resumption.ts'
import { createConnection } from './transport/redis-connections.ts'
import { RedisTransport } from './transport/redis-transport.ts'
import { instanceTopic, SHARED_TOPIC } from './transport/transport.ts'
import type { Bus, BusSubscription, CallRecord, CallResult } from './types.ts'
import { createCodec } from './wire/codec.ts'
import type { Frame } from './wire/frames.ts'

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
    isSecret({ op, target }) {
      const found =
        target.kind === 'spoke' ? store.offered(target.spokeId, target.name) : store.get(op)
      return found !== undefined && holdsSecrets(found.spec)
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
  })
  const { source } = options
  const sync = new RegistrySync({
    source,
    store,
    reloadMs: limits.registryReloadMs,
    counters,
    logger,
  })
  const directory = createDirectory({ store, index, ids, change: () => sync.change })
  const loop = new LoopProof(transport)
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
    beat: (instanceId) => loop.beat(instanceId),
    onSeen() {
      caller.reviewProviders()
      provider.reviewCallers()
    },
    onRejoined(instanceId, formerId) {
      options.onRejoined?.(instanceId, formerId)
    },
    onStuck: () => publisher.disconnect(true),
  })
  const router = new Router({
    leases,
    service,
    suspendedMs: limits.suspendedMs,
    servesOwnService: () => provider.servesOwnService,
    servesSpokes: () => provider.servesSpokes,
  })
  const record = async (ended: CallRecord): Promise<void> => {
    try {
      await options.onCallEnded(ended)
    } catch (error) {
      logger.error({ err: error, callId: ended.callId }, 'a call could not be recorded')
      throw error
    }
  }
  const provider: Provider = new Provider({
    transport,
    leases,
    limits,
    counters,
    specOf: (operationId, target) =>
      target.kind === 'spoke'
        ? store.offered(target.spokeId, target.name)?.spec
        : store.get(operationId)?.spec,
    onAborted: (callId, error) => caller.abortChildren(callId, error),
    onResumed: (run) => resumption.take(run),
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
    // Both may have a newcomer: the registry its offer, the leases its process.
    refresh: (registry) =>
      Promise.allSettled([leases.look(), registry ? sync.refresh() : undefined]),
    now,
    record,
  })
  const events = new EventLog({ redis: publisher, prefix, counters, maxEvents: limits.maxEvents })
  const resumption = new Resumption(transport, () => leases.instanceId)
  const killSwitch = new KillSwitch(caller, transport)
  const finder = new CallFinder(caller, transport)
  const instanceId = (): string => leases.instanceId
  const heads = new CallHeads({ limits, service, caller, provider, instanceId })
  let started = false

  function onFrame(topic: string, frame: Frame, bytes: number): void {
    switch (frame.k) {
      case 'request':
        provider.request(frame, topic !== instanceTopic(leases.instanceId), bytes)
        break
      case 'respond':
      case 'item':
      case 'complete':
      case 'error':
      case 'refuse':
      case 'lost':
      case 'receipt':
        caller.told(frame)
        break
      case 'abort':
        provider.abort(frame)
        break
      case 'credit':
        provider.credit(frame)
        break
      case 'check':
        provider.check(frame)
        break
      case 'checked':
        caller.checked(frame)
        break
      case 'change':
        sync.announced(frame.change)
        break
      case 'kill':
        killSwitch.asked(frame)
        break
      case 'killed':
        killSwitch.told(frame)
        break
      case 'find':
        finder.asked(frame)
        break
      case 'found':
        finder.told(frame)
        break
      case 'resume':
        caller.resume(frame)
        break
      case 'resumed':
        resumption.told(frame)
        break
      case 'large':
        // Its text was gone. An answer is asked for again with the next question; a request was not started.
        if (frame.of === 'request') provider.missing(frame)
        break
      case 'beat':
        loop.heard()
        break
      default:
        counters.messagesMalformed++
    }
  }

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

    call(operationId, input, given) {
      const { promise, resolve, reject } = deferred<CallResult>()
      const consumer = {
        stream: false,
        respond: resolve,
        item: () => undefined,
        complete: () =>
          reject(new CallError('EXECUTION_ERROR', 'The call ended without an answer.')),
        fail: reject,
      }
      const { head, refused } = heads.make(operationId, input, given, false)
      caller.add(new PendingCall(caller, { ...head, consumer }), refused)
      return promise
    },

    async lookUp(operationId, identity) {
      const known = directory.get(operationId, identity)
      if (known !== undefined) return known
      await sync.refresh().catch(() => undefined)
      return directory.get(operationId, identity)
    },

    subscribe(operationId, input, given): BusSubscription {
      const { head, refused } = heads.make(operationId, input, given, true)
      const subscription = new Subscription({
        callId: head.callId,
        idleTimeoutMs: head.idleTimeoutMs ?? limits.subscriptionIdleTimeoutMs,
        onRead: (seq) => caller.read(call, seq),
        onLeave: (reason) => call.abort(reason),
      })
      const call: PendingCall = new PendingCall(caller, { ...head, consumer: subscription })
      caller.add(call, refused)
      return subscription
    },

    serveService(registry) {
      provider.service = registry
    },
    serveLocal(registry) {
      provider.local = registry
    },
    serveSpokes(spokes) {
      provider.spokes = spokes
    },
    spokeLost(spokeId, epoch, reason) {
      store.suspend(spokeId, epoch)
      provider.spokeLost(spokeId, epoch, reason)
    },

    resume: (spokeId, epoch, calls) => resumption.ask(spokeId, epoch, calls),

    async announceChange(change) {
      if (change > sync.change) await sync.refresh()
      // Without Redis nobody hears it; each looks for what is new when Redis is back.
      await transport
        .publish(SHARED_TOPIC, { k: 'change', from: leases.instanceId, change })
        .catch(() => undefined)
    },
    emit: (type, id, payload) => events.emit(type, id, payload),
    instances: (of) => leases.of(of),
    lookForInstances: () => leases.look(),
    isLost: (instanceId) => leases.isLost(instanceId, -Infinity),
    isDraining: (instanceId) => leases.find(instanceId)?.draining === true,
    abort: (callId, reason) => killSwitch.abort(callId, reason),
    find: (callId) => finder.find(callId),

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
      caller.start()
      started = true
    },

    async drain(signal) {
      await leases.drain()
      const aborted = deferred<void>()
      const stop = (): void => aborted.resolve()
      signal.addEventListener('abort', stop, { once: true })
      if (!signal.aborted) await Promise.race([provider.active.whenIdle(), aborted.promise])
      signal.removeEventListener('abort', stop)
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
