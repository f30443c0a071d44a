import type { WireError } from '@alkdev/errors'
import type { OperationContext } from '@alkdev/operations'

/** The parts of a call's context that are data. */
export type ContextData = Pick<
  OperationContext,
  | 'requestId'
  | 'parentRequestId'
  | 'identity'
  | 'metadata'
  | 'deadline'
  | 'idempotencyKey'
  | 'traceparent'
>

/** To the thread that runs the operations. */
export type ToWorker =
  | {
      readonly do: 'call'
      readonly id: number
      readonly name: string
      /** Run the operation's `recover` instead of its handler. */
      readonly recover?: boolean
      readonly input: unknown
      readonly context: ContextData
    }
  /** The next item of a subscription. */
  | { readonly do: 'next'; readonly id: number }
  | { readonly do: 'abort'; readonly id: number }
  | { readonly do: 'ping' }

/** From that thread. A subscription answers each `next` with `item` or `done`. */
export type FromWorker =
  | { readonly is: 'item'; readonly id: number; readonly value: unknown }
  | { readonly is: 'done'; readonly id: number; readonly value?: unknown }
  | { readonly is: 'failed'; readonly id: number; readonly error: WireError }
  | { readonly is: 'pong' }
  /** A process group was started, or has ended. The code that ends the thread must end its groups. */
  | { readonly is: 'group'; readonly pid: number; readonly running: boolean; readonly mark: string }

/** What the thread is started with: a module that exports `devOperations(options)`. */
export interface WorkerStart {
  readonly module: string
  readonly options: unknown
}
