import type { Tracer } from '@alkdev/contracts'
import type { CallError, OperationSpec } from '@alkdev/operations'
import type { Counters } from '../counters.ts'
import type { Leases } from '../leases/leases.ts'
import type { BusLimits } from '../options.ts'
import type { CallTarget, ProvidedCall } from '../provided-call.ts'
import type { Transport } from '../transport/transport.ts'
import type { StreamPosition } from '../wire/frames.ts'
import type { Run } from './run.ts'

/** A call before it has a signal of its own, and the position at which a resumed stream continues. */
export interface RunRequest extends Omit<ProvidedCall, 'signal'> {
  readonly resume?: StreamPosition | undefined
  readonly orphan?: 'finish' | undefined
}

export interface ProviderOptions {
  readonly transport: Transport
  readonly leases: Leases
  readonly limits: BusLimits
  readonly counters: Counters
  readonly tracer: Tracer | undefined
  /** The description of the operation to run; undefined when this process does not know it. */
  specOf(operationId: string, target: CallTarget): OperationSpec | undefined
  /** Milliseconds within which a spoke that has lost its connection may return; undefined for other targets. */
  expectedInMs(target: CallTarget): number | undefined
  /** A run is aborted, and so are the calls made below it. */
  onAborted(callId: string, error: CallError): void
  /** A call that its spoke kept continues here. */
  onResumed(run: Run): void
  /** A caller's lease has ended: this process has to record the call. */
  onOrphaned(run: Run): void
}
