import type { CallHeader } from '@alkdev/contracts'
import type { Identity, OperationSpec } from '@alkdev/operations'
import type { Counters } from '../counters.ts'
import type { StoredEntry } from '../directory/registry-store.ts'
import type { BusLimits } from '../options.ts'
import type { CallTarget } from '../provided-call.ts'
import type { CallRecords } from './call-records.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Router } from './router.ts'

/** Shared dependencies of the calls of a process. */
export interface CallTools {
  readonly limits: BusLimits
  readonly counters: Counters
  readonly router: Router
  readonly dispatcher: Dispatcher
  readonly records: CallRecords
  /** The entry if the principal may see it. */
  lookup(operationId: string, principal: Identity): StoredEntry | undefined
  /** The operation regardless of visibility; as the provider offers it when there is one. */
  specOf(operationId: string, target?: CallTarget): OperationSpec | undefined
  /** Refreshes the leases and, optionally, the registry. */
  refresh(registry: boolean): Promise<unknown>
  /** Milliseconds since the epoch. */
  now(): number
  onEnded(header: CallHeader): void
}
