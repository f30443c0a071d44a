import type {
  Identity,
  OperationRegistry,
  OperationSpec,
  ResponseEnvelope,
} from '@alkdev/operations'

/** Which process or spoke speaks. Beside `principal` (whose rights) in every call between services. */
export interface Actor {
  readonly kind: 'service' | 'spoke' | 'client'
  /** Service name, spoke name, or account id of a client connection. */
  readonly name: string
  readonly instanceId: string
}

export interface BusCallOptions {
  readonly principal: Identity
  /** Default: this service. */
  readonly actor?: Actor
  /** The hub's id of the call (UUIDv7). Default: a new one. */
  readonly callId?: string
  readonly parentCallId?: string
  /** Milliseconds for the whole call. Default 30 000 (subscriptions: none), at most 600 000. */
  readonly timeoutMs?: number
  /** Milliseconds between items of a subscription. Default 300 000. */
  readonly idleTimeoutMs?: number
  /** The caller left, or cancelled. Aborts the call through to the handler. */
  readonly signal?: AbortSignal
  readonly idempotencyKey?: string
  readonly traceparent?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Milliseconds spent, measured by the caller's instance except `executeMs` (by the provider's). */
export interface CallTiming {
  readonly routeMs: number
  readonly queueMs: number
  readonly executeMs: number
  readonly totalMs: number
}

export interface CallResult {
  readonly callId: string
  readonly envelope: ResponseEnvelope
  readonly attempts: number
  readonly timing: CallTiming
}

/** Items of a subscription. Reading slowly slows the provider (credits). Leaving the loop aborts the call. Throws CallError. */
export interface BusSubscription extends AsyncIterableIterator<{
  readonly seq: number
  readonly envelope: ResponseEnvelope
}> {
  readonly callId: string
}

/** Where a call is to be executed inside the provider's process. */
export type CallTarget =
  | { readonly kind: 'service' }
  | {
      readonly kind: 'spoke'
      readonly spokeId: string
      readonly epoch: number
      /** The spoke's own `namespace.name`. */
      readonly name: string
    }

/** A call as the provider's process gets it. Its identity comes from the connection at the edge, never from a payload. */
export interface ProvidedCall {
  readonly callId: string
  /** From 1. A pair (callId, attempt) is started at most once by a process. */
  readonly attempt: number
  /** The hub's id of the operation (pinned or pool name). */
  readonly operationId: string
  readonly spec: OperationSpec
  readonly target: CallTarget
  readonly input: unknown
  readonly principal: Identity
  readonly actor: Actor
  readonly parentCallId?: string | undefined
  /** Milliseconds left when the call arrived here; absent for a subscription without a total time. */
  readonly timeoutMs?: number | undefined
  readonly idleTimeoutMs?: number | undefined
  readonly idempotencyKey?: string | undefined
  readonly traceparent?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Aborted with a CallError (ABORTED, TIMEOUT, PROVIDER_LOST of the caller). */
  readonly signal: AbortSignal
}

/**
 * What a provider does with a call. Exactly one of `respond`, `complete`, `fail`, `refuse` ends it; anything after the end is
 * ignored and counted. `refuse` promises that nothing has been started: the caller's bus tries the next candidate.
 */
export interface CallSink {
  /** Tells the caller's side that the handler has been given the call (after this it is no longer "not started"). */
  started(): void
  /** One item of a subscription. Resolves when the caller's window allows the next one; rejects when the call has ended. */
  item(envelope: ResponseEnvelope): Promise<void>
  respond(envelope: ResponseEnvelope, executeMs?: number): void
  complete(): void
  fail(error: unknown): void
  refuse(code: 'OVERLOADED' | 'PROVIDER_UNAVAILABLE', message: string, retryAfterMs?: number): void
  /** The spoke that had the call is gone, for this call alone: PROVIDER_LOST, or another attempt by its retry class. Not started: a refusal. */
  lost(reason: string): void
}

/** A provider for calls whose target is of one kind. It never throws: what goes wrong goes to the sink. */
export type CallProvider = (call: ProvidedCall, sink: CallSink) => void

/** A call that a spoke kept over a reconnect. */
export interface ResumedCall {
  readonly call: ProvidedCall
  readonly sink: CallSink
  /** Stream items that the caller has. */
  readonly received: number
  /** The number of the item up to which its window is open; less than `received` while its reader lags behind. */
  readonly upTo: number
  /** Resolves when the window allows an item after `received`; rejects when the call has ended. */
  readonly room: Promise<void>
}

export type ServiceName = 'gateway' | 'spoke-broker' | 'coordinator' | 'inference-proxy' | 'mcp'

/** What every instance tells of itself in its lease (2.5 s, renewed each 0.5 s). */
export interface InstanceInfo {
  readonly instanceId: string
  readonly service: ServiceName
  /** Base URL other services reach its HTTP port at, for the gateway's forwarding. */
  readonly url: string
  readonly draining: boolean
  /** Calls now running here. */
  readonly load: number
  readonly startedAt: number
  /** Versions of the keys with which it opens sealed values, the one that it seals with first. Absent: it has no key ring. */
  readonly keyVersions?: readonly number[]
}

export type ProviderStatus = 'active' | 'suspended' | 'quarantined' | 'inactive'

/** One spoke that offers one operation. */
export interface DirectoryProvider {
  readonly spokeId: string
  readonly spokeName: string
  readonly ownerId: string
  readonly orgId?: string
  readonly instanceId?: string
  readonly epoch: number
  readonly status: ProviderStatus
  readonly reason?: string
  /** The spoke's own `namespace.name`. */
  readonly name: string
}

/** One operation as list, search, schema and call see it. */
export interface DirectoryEntry {
  readonly operationId: string
  readonly spec: OperationSpec
  readonly kind: 'service' | 'spoke' | 'pool' | 'client'
  /** Of kind `service`: which service answers; `local` is answered by every process itself. */
  readonly service?: ServiceName | 'local'
  readonly providers: readonly DirectoryProvider[]
}

/** What of the registry lies in Postgres, as the storage library reads it. */
export interface RegistrySnapshot {
  /** Number of the newest registry change that the snapshot contains. */
  readonly change: number
  readonly spokes: readonly RegistrySpoke[]
}

export interface RegistrySpoke {
  readonly spokeId: string
  readonly name: string
  readonly spokeType: 'dev-env' | 'client' | 'compute'
  readonly ownerId: string
  readonly orgId?: string
  readonly status: 'connected' | 'suspended' | 'disconnected'
  readonly instanceId?: string
  readonly epoch: number
  readonly operations: readonly RegistryOperation[]
}

export interface RegistryOperation {
  /** The hub's pinned id, `<kind>.<spoke>.<namespace>.<name>`. */
  readonly operationId: string
  /** The spoke's own `namespace.name`, which is also the pool's id. */
  readonly name: string
  readonly spec: OperationSpec
  readonly status: 'active' | 'quarantined' | 'inactive'
  readonly reason?: string
  /** When the spoke first offered it, in milliseconds since the epoch: who was first says what a pool of several owners promises. */
  readonly offeredAtMs?: number
}

/** The port through which the bus reads the registry; `@alkdev/storage` gives it. */
export interface RegistrySource {
  loadAll(signal?: AbortSignal): Promise<RegistrySnapshot>
  /** The spokes touched by the changes after `since`, and the number reached; undefined when the list no longer reaches back that far. */
  loadSince(
    since: number,
    signal?: AbortSignal,
  ): Promise<(RegistrySnapshot & { readonly removedSpokeIds: readonly string[] }) | undefined>
}

/** A call that has ended, for the call graph and the metrics. Written by the instance that started the clock. */
export interface CallRecord {
  readonly callId: string
  readonly operationId: string
  readonly parentCallId?: string
  readonly principal: Identity
  readonly actor: Actor
  readonly status: 'completed' | 'failed' | 'aborted'
  readonly code?: string
  readonly error?: { readonly code: string; readonly message: string; readonly details?: unknown }
  readonly input: unknown
  readonly output?: unknown
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly attempts: number
  readonly spokeId?: string
  readonly instanceId?: string
  /** Why this provider: `pinned`, `least-loaded of 3`, `retry after PROVIDER_LOST` ... */
  readonly route?: string
  readonly items?: number
  /** What became of the abort, for aborted calls whose provider said so. */
  readonly receipt?: 'honoured' | 'ignored' | 'too-late'
  /** Answered by the caller's process itself (`hub.list`, `hub.search`, `hub.schema`). */
  readonly local?: true
  /** Written by the provider's instance, because that of the caller died. */
  readonly orphaned?: true
  readonly idempotencyKey?: string
  readonly traceparent?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly timing?: CallTiming
}

/** A call whose clock runs in some process of the deployment. */
export interface RunningCall {
  readonly callId: string
  readonly operationId: string
  /** The account in whose name it runs. */
  readonly accountId: string
  /** Milliseconds since the epoch, by the clock of that process. */
  readonly startedAtMs: number
  readonly attempts: number
}

/** The in-memory registry of a process: a subset of what the bus offers, for list, search and schema. */
export interface Directory {
  /** Number of the registry change applied last. */
  readonly change: number
  /** The entry if the identity may see it (scopes and the serving rule); undefined else, as for an unknown name. */
  get(operationId: string, identity: Identity): DirectoryEntry | undefined
  list(identity: Identity, filter?: DirectoryFilter): DirectoryPage
  /** Ranked by name, title, description and tags; best first. */
  search(
    identity: Identity,
    query: string,
    limit?: number,
  ): readonly { readonly entry: DirectoryEntry; readonly score: number }[]
  /**
   * What the pool of this name promises already to those with whom the member would share it: for `owner` the highest version that the
   * attached spokes of its owner offer, the member left out; for `organization` what the owner promises who offered the name there first,
   * undefined when that is the member's owner. Regardless of who may see it: for registrations, not for answers.
   */
  promised(
    operationId: string,
    member: PoolMember,
    among: 'owner' | 'organization',
  ): OperationSpec | undefined
}

/** Who offers an operation, for the question with whom it shares a pool. */
export interface PoolMember {
  readonly ownerId: string
  readonly orgId?: string
  readonly spokeName: string
}

export interface DirectoryFilter {
  readonly q?: string
  readonly namespace?: string
  readonly type?: 'query' | 'mutation' | 'subscription'
  readonly tag?: string
  /** 1 to 200, default 50. */
  readonly limit?: number
  readonly cursor?: string
}

export interface DirectoryPage {
  readonly items: readonly DirectoryEntry[]
  readonly nextCursor?: string
}

/** The bus of one process. */
export interface Bus extends AsyncDisposable {
  readonly instanceId: string
  readonly directory: Directory
  /** The entry if the identity may see it. Looks into Postgres once before it says that there is none, as a call does. */
  lookUp(operationId: string, identity: Identity): Promise<DirectoryEntry | undefined>
  call(operationId: string, input: unknown, options: BusCallOptions): Promise<CallResult>
  subscribe(operationId: string, input: unknown, options: BusCallOptions): BusSubscription
  /** Operations of this service, called by others over Redis. Specs must be in the contracts given to createBus. */
  serveService(registry: OperationRegistry): void
  /** Operations that this process answers for itself (`hub.list`, `hub.search`, `hub.schema`). */
  serveLocal(registry: OperationRegistry): void
  /** Calls whose target is a spoke attached to this process. */
  serveSpokes(provider: CallProvider): void
  /**
   * A spoke attached again and says which calls it still has (`callId`, `attempt` of the ProvidedCall). Resolves, within a second, with
   * those that their callers still wait for, each with a new sink; they count as started. Streams go on after `received` items.
   */
  resume(
    spokeId: string,
    epoch: number,
    calls: readonly { readonly callId: string; readonly attempt: number }[],
  ): Promise<readonly ResumedCall[]>
  /** A spoke attached here has gone: the callers of its calls on all instances are told or re-routed at once. */
  spokeLost(spokeId: string, epoch: number, reason: string): void
  /** After a registry change is committed: this instance has applied it when this resolves, the others are told. Rejects when the registry can't be read. */
  announceChange(change: number): Promise<void>
  /** Publishes a hub event (`spoke.attached`, id, payload) to the capped Redis stream. */
  emit(type: string, id: string, payload: unknown): void
  /** Live instances of a service that are not draining, from the leases. */
  instances(service: ServiceName): readonly InstanceInfo[]
  /** Reads the leases now: for a process that may have come within the last half second. Calls at the same time share one reading. Rejects when Redis is away. */
  lookForInstances(): Promise<void>
  /** The lease of that process is over, and neither Redis nor this process is to blame. */
  isLost(instanceId: string): boolean
  /** The lease of that process says that it stops. */
  isDraining(instanceId: string): boolean
  /** Aborts a call wherever it runs; resolves with what was reached. */
  abort(
    callId: string,
    reason: string,
  ): Promise<{ readonly found: boolean; readonly receipt?: 'honoured' | 'ignored' | 'too-late' }>
  /** A running call, wherever its clock runs; undefined when nobody knows of it within a second. */
  find(callId: string): Promise<RunningCall | undefined>
  /** Subscribed, lease written, registry loaded. */
  start(): Promise<void>
  /** Takes no new calls from the bus; the lease says so. In-flight calls go on. Resolves when none is left or the signal aborts. */
  drain(signal: AbortSignal): Promise<void>
  /** Redis and Postgres as the bus sees them, for /readyz. */
  readonly healthy: boolean
  readonly counters: Readonly<Record<string, number>>
  /** How much there is of something now: calls waited for and running here, attempts remembered, instances alive, operations known. */
  readonly gauges: Readonly<
    Record<'waiting' | 'running' | 'remembered' | 'instances' | 'operations', number>
  >
}
