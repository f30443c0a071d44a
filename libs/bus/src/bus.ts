import { CallError } from '@alkdev/operations'
import { deferred, uuidv7 } from '@alkdev/std'
import { Caller } from './caller/caller.ts'
import { orphanRecord } from './caller/call-record.ts'
import { PendingCall } from './caller/pending-call.ts'
import type { PendingCallInit } from './caller/pending-call.ts'
import { Router } from './caller/router.ts'
import { Subscription } from './caller/subscription.ts'
import { overloaded } from './call-errors.ts'
import { createCounters } from './counters.ts'
import { createDirectory } from './directory/directory.ts'
import { RegistryStore } from './directory/registry-store.ts'
import { RegistrySync } from './directory/registry-sync.ts'
import { SearchIndex } from './directory/search-index.ts'
import { SortedIds } from './directory/sorted-ids.ts'
import { EventLog } from './events.ts'
import { KillSwitch } from './kill-switch.ts'
import { LeaseTable } from './leases/lease-table.ts'
import { Leases } from './leases/leases.ts'
import { DEFAULT_BUS_LIMITS, SILENT_LOGGER } from './options.ts'
import type { BusOptions } from './options.ts'
import { Provider } from './provider/provider.ts'
import { createConnection } from './transport/redis-connections.ts'
import { RedisTransport } from './transport/redis-transport.ts'
import { instanceTopic, SHARED_TOPIC } from './transport/transport.ts'
import type { Bus, BusCallOptions, BusSubscription, CallRecord, CallResult } from './types.ts'
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
  const leases = new Leases({
    table: new LeaseTable(publisher, prefix, codec),
    transport,
    limits,
    counters,
    logger,
    service,
    url: options.instanceUrl,
    load: () => provider.active.size,
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
    refresh: () => sync.refresh(),
    now,
    record,
  })
  const events = new EventLog({ redis: publisher, prefix, counters, maxEvents: limits.maxEvents })
  const killSwitch = new KillSwitch(caller, transport)
  let started = false

  function onFrame(topic: string, frame: Frame): void {
    switch (frame.k) {
      case 'request':
        provider.request(frame, topic !== instanceTopic(leases.instanceId))
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
      case 'large':
        // Its text was gone. An answer is asked for again with the next question; a request was not started.
        if (frame.of === 'request') provider.missing(frame)
        break
      case 'beat':
        break
      default:
        counters.messagesMalformed++
    }
  }

  /** Fills in defaults, and what a call inherits from the one in whose handler it is made. */
  function init(
    operationId: string,
    input: unknown,
    given: BusCallOptions,
    stream: boolean,
  ): Omit<PendingCallInit, 'consumer'> {
    const { parentCallId, idempotencyKey, traceparent, metadata, signal } = given
    const parent = parentCallId === undefined ? undefined : provider.active.of(parentCallId)
    const depth = (parent?.depth ?? (parentCallId === undefined ? -1 : 0)) + 1
    const asked = given.timeoutMs ?? (stream ? undefined : limits.callTimeoutMs)
    const left = Math.min(asked ?? Infinity, parent?.leftMs ?? Infinity)
    const timeoutMs = left === Infinity ? undefined : Math.min(left, limits.maxCallTimeoutMs)
    return {
      callId: given.callId ?? uuidv7(),
      operationId,
      input,
      principal: given.principal,
      actor: given.actor ?? { kind: 'service', name: service, instanceId: leases.instanceId },
      depth,
      ...(parentCallId === undefined ? {} : { parentCallId }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(stream ? { idleTimeoutMs: given.idleTimeoutMs ?? limits.subscriptionIdleTimeoutMs } : {}),
      ...(signal === undefined ? {} : { signal }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(metadata === undefined ? {} : { metadata }),
    }
  }

  /** What is refused before a provider is looked for. */
  function refusal(call: Omit<PendingCallInit, 'consumer'>): CallError | undefined {
    if (call.depth > limits.maxCallDepth) {
      const { maxCallDepth } = limits
      return new CallError(
        'VALIDATION_ERROR',
        `Calls are nested deeper than ${maxCallDepth} levels.`,
        { maxCallDepth },
      )
    }
    if (caller.size >= limits.maxPending) return overloaded('Too many calls wait in this process.')
    if (caller.find(call.callId) !== undefined) {
      return new CallError('CONFLICT', `Call ${call.callId} is in flight already.`)
    }
    return undefined
  }

  return {
    get instanceId() {
      return leases.instanceId
    },
    directory,
    counters,
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
      const call = { ...init(operationId, input, given, false), consumer }
      caller.add(new PendingCall(caller, call), refusal(call))
      return promise
    },

    subscribe(operationId, input, given): BusSubscription {
      const head = init(operationId, input, given, true)
      const subscription = new Subscription({
        callId: head.callId,
        idleTimeoutMs: head.idleTimeoutMs ?? limits.subscriptionIdleTimeoutMs,
        onRead: (seq) => caller.read(call, seq),
        onLeave: (reason) => call.abort(reason),
      })
      const call: PendingCall = new PendingCall(caller, { ...head, consumer: subscription })
      caller.add(call, refusal(call.init))
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

    async announceChange(change) {
      if (change > sync.change) await sync.refresh()
      await transport.publish(SHARED_TOPIC, { k: 'change', from: leases.instanceId, change })
    },
    emit: (type, id, payload) => events.emit(type, id, payload),
    instances: (of) => leases.of(of),
    abort: (callId, reason) => killSwitch.abort(callId, reason),

    async start() {
      await transport.start({
        onFrame,
        onReady() {
          if (!started) return
          leases.grantGrace()
          caller.check(true)
          void sync.refresh().catch(() => undefined)
        },
        onDown: () => undefined,
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
