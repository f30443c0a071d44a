import type { Identity } from '@alkdev/operations'
import type { CallError } from '@alkdev/operations'
import type { Counters } from '../counters.ts'
import type { StoredEntry } from '../directory/registry-store.ts'
import type { BusLimits } from '../options.ts'
import type { CallRecord } from '../types.ts'
import type { Attempt } from './attempt.ts'
import type { PendingCall } from './pending-call.ts'
import type { Router } from './router.ts'

/** What a pending call needs of its surroundings. */
export interface CallerCore {
  readonly instanceId: string
  readonly limits: BusLimits
  readonly counters: Counters
  readonly router: Router
  now(): number
  /** The entry if the principal may see it. */
  lookup(operationId: string, principal: Identity): StoredEntry | undefined
  /** Reads who lives and, if asked, what is new in the registry. */
  refresh(registry: boolean): Promise<unknown>
  /** Gives the attempt to its candidate. What becomes of it is told to the call. */
  give(call: PendingCall, attempt: Attempt): void
  sendAbort(call: PendingCall, attempt: Attempt, error: CallError): void
  /** The attempt is over for this side; the provider may forget it. */
  left(call: PendingCall, attempt: Attempt, load?: number): void
  ended(call: PendingCall): void
  record(record: CallRecord): Promise<void>
  /** The row of an aborted call, once it is known what became of the abort. */
  recordWith(record: CallRecord, call: PendingCall, attempt: Attempt): void
}
