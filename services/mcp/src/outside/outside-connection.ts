import type { IOperationDefinition } from '@alkdev/operations'
import type { Refused } from './to-operations.ts'

/** A connection to an outside service. */
export interface OutsideConnection {
  /** Its tools or paths as of the last list. */
  readonly definitions: readonly IOperationDefinition[]
  /** What the adapter could not turn into an operation. */
  readonly refused: readonly Refused[]
  readonly protocolVersion?: string | undefined
  /** Milliseconds between two lists without a report of a change. */
  readonly refreshMs: number
  /** Resolves with the reason, a sentence of this service itself, when the connection has ended. */
  readonly ended: Promise<string>
  /** Reads the list again. Rejects with CallError. */
  refresh(): Promise<void>
  /** Called with each list that the service reported a change of. */
  onChange(listener: () => void): void
  close(): Promise<void>
}
