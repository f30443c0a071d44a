import type { CallEventMapValue, EventTime } from '../schema/call-event.ts'

/** Steps were aborted by `abortNode` or `abortAll`. */
export interface NodesAborted {
  readonly type: 'node.aborted'
  readonly nodeKeys: readonly string[]
  readonly reason?: string
  readonly timestamp?: EventTime
}

/** Steps that had failed were made ready again by `retryNodes`. */
export interface NodesRetried {
  readonly type: 'node.retried'
  readonly nodeKeys: readonly string[]
  readonly timestamp?: EventTime
}

/** A Map was reached whose items come from a signal or a function: these are the ones that count for this run. */
export interface MapExpanded {
  readonly type: 'map.expanded'
  readonly nodeKey: string
  readonly items: readonly unknown[]
  readonly timestamp?: EventTime
}

/** What happened in a run. The list of them, in order, is the run: it can be stored and resumed from. */
export type WorkflowEvent = CallEventMapValue | NodesAborted | NodesRetried | MapExpanded
