import type { CounterName } from './counters.ts'
import type { AbortReceipt, ServiceName } from '@alkdev/contracts'
import type { Identity, OperationRegistry } from '@alkdev/operations'
import type {
  BusCallOptions,
  BusSubscription,
  CallResult,
  Collected,
  OpenedCall,
  RunningCall,
} from './call.ts'
import type { Directory, DirectoryEntry } from './directory.ts'
import type { InstanceInfo } from './instance-info.ts'
import type { CallProvider, LoadOfSpoke, ResumedCall, SpokeLoad } from './provided-call.ts'

/** The bus of one process. */
export interface Bus extends AsyncDisposable {
  readonly instanceId: string
  readonly directory: Directory
  /** The entry if the identity may see it. Reads the registry once before it reports that there is none, as a call does. */
  lookUp(operationId: string, identity: Identity): Promise<DirectoryEntry | undefined>
  call(operationId: string, input: unknown, options: BusCallOptions): Promise<CallResult>
  subscribe(operationId: string, input: unknown, options: BusCallOptions): BusSubscription
  /**
   * Calls an operation of either kind. The bus determines the kind by its own lookup, and reads the registry first for an
   * unknown name. Resolves with the answer; for a subscription at once, before its first item. Rejects with a CallError.
   */
  open(operationId: string, input: unknown, options: BusCallOptions): Promise<OpenedCall>
  /** Operations of this service, called by others over Redis. Specs must be in the contracts given to createBus. */
  serveService(registry: OperationRegistry): void
  /** Operations that this process answers for itself (`hub.list`, `hub.search`, `hub.schema`). */
  serveLocal(registry: OperationRegistry): void
  /** Calls whose target is a spoke attached to this process, and what such a spoke does. */
  serveSpokes(provider: CallProvider, loadOf?: LoadOfSpoke): void
  /** What spokes do now, by their ids, from the processes that they are attached to; without those of which none replies within a second. Rejects when Redis is not available. */
  loadsOfSpokes(spokeIds: readonly string[]): Promise<ReadonlyMap<string, SpokeLoad>>
  /**
   * A spoke has attached again and reports which calls it still has (`callId`, `attempt` of the ProvidedCall). Resolves, within a second, with
   * those that their callers still wait for, each with a new sink; they count as started. Streams continue after `received` items.
   */
  resume(
    spokeId: string,
    epoch: number,
    calls: readonly { readonly callId: string; readonly attempt: number }[],
  ): Promise<readonly ResumedCall[]>
  /** A spoke attached here is lost: on all instances, its calls are ended or rerouted at once. */
  spokeLost(spokeId: string, epoch: number, reason: string): void
  /** Call after a registry change is committed. When it resolves, this instance has applied the change and the others are notified. Rejects when the registry can't be read. */
  announceChange(change: number): Promise<void>
  /** Publishes a hub event (`spoke.attached`, id, payload) to the capped Redis stream. */
  emit(type: string, id: string, payload: unknown): void
  /** Live instances of a service that are not draining, from the leases. */
  instances(service: ServiceName): readonly InstanceInfo[]
  /** Live instances of all services, draining ones included, from the leases. */
  allInstances(): readonly InstanceInfo[]
  /** Reads the leases now: for a process that may have started within the last half second. Concurrent callers share one reading. Rejects when Redis is not available. */
  lookForInstances(): Promise<void>
  /** The lease of that process has ended, and neither Redis nor this process is the cause. */
  isLost(instanceId: string): boolean
  /** The lease of that process says that it is stopping. */
  isDraining(instanceId: string): boolean
  /** Aborts a call on whichever instance runs it; resolves with the result. */
  abort(
    callId: string,
    reason: string,
  ): Promise<{ readonly found: boolean; readonly receipt?: AbortReceipt }>
  /**
   * The end of a call that another process made with `orphan: "finish"`, from whichever instance keeps it; waits while the call runs. Undefined when
   * no instance has it: that does not prove that it did not run. Rejects with the reason of the signal, or when Redis is not available.
   */
  collect(callId: string, signal?: AbortSignal): Promise<Collected | undefined>
  /**
   * Leaves a call that was made with `orphan: "finish"` to its provider, because this process stops: the call rejects with PROVIDER_LOST, and goes on.
   * False when it runs in this process, or is at no provider now.
   */
  leave(callId: string): boolean
  /** A running call on any instance; undefined when no instance reports it within a second. */
  find(callId: string): Promise<RunningCall | undefined>
  /** The running calls below one, parents before children: at most 1,000, and those found within half a second. Rejects when Redis is not available. */
  below(callId: string): Promise<readonly RunningCall[]>
  /** True unless the call runs for this process on a spoke whose operation the identity may not call. */
  mayContinue(callId: string, identity: Identity): boolean
  /** Subscribed, lease written, registry loaded. */
  start(): Promise<void>
  /** Takes no new calls from the bus and says so in the lease. Calls in flight continue. Resolves when none is left or the signal aborts. */
  drain(signal: AbortSignal): Promise<void>
  /** Redis and Postgres as the bus sees them, for /readyz. */
  readonly healthy: boolean
  readonly counters: Readonly<Record<CounterName, number>>
  /** Current sizes: pending and running calls, recorded attempts, live instances, known operations. */
  readonly gauges: Readonly<
    Record<'waiting' | 'running' | 'remembered' | 'instances' | 'operations', number>
  >
}
