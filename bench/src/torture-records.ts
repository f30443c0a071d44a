/** A run of `npm run torture -- --record`. */
export interface TortureRecord {
  /** When it ended, ISO 8601. */
  readonly at: string
  readonly seed: number
  readonly calls: number
  readonly seconds: number
  readonly starts: number
  readonly slowestMs: number
  /** Injected failures, ends of calls, and faults (which must be zero), each by its kind. */
  readonly injected: Readonly<Record<string, number>>
  readonly ends: Readonly<Record<string, number>>
  readonly faults: Readonly<Record<string, number>>
}

/** A run of `npm run torture -- queue --record`. */
export type QueueTortureRecord = Omit<TortureRecord, 'starts' | 'slowestMs'> & {
  readonly effects: number
}

/** A run of `npm run torture -- ledger --record`. */
export type LedgerTortureRecord = Omit<TortureRecord, 'starts' | 'slowestMs'> & {
  readonly requests: number
}

/** A run of `npm run torture -- workflow --record`. */
export type WorkflowTortureRecord = Omit<TortureRecord, 'starts' | 'slowestMs' | 'calls'> & {
  readonly runs: number
  readonly steps: number
  readonly undisturbedSeconds: number
  readonly effects: number
}

/** A run of `npm run torture -- plan --record`. */
export type PlanTortureRecord = Omit<TortureRecord, 'starts' | 'slowestMs' | 'calls'> & {
  readonly tasks: number
  readonly sessions: number
  readonly undisturbedSeconds: number
  readonly effects: number
}

/** A run of `npm run torture -- chaos --record`, and with `hosts` or `pooler`. */
export type ChaosRecord = Omit<TortureRecord, 'slowestMs'> & {
  readonly rounds: number
}

export interface TortureRecords {
  readonly calls: TortureRecord
  /** Absent before the first recorded run. */
  readonly queue?: QueueTortureRecord | undefined
  /** Absent before the first recorded run. */
  readonly ledger?: LedgerTortureRecord | undefined
  readonly workflow?: WorkflowTortureRecord | undefined
  readonly plan?: PlanTortureRecord | undefined
  readonly chaos?: ChaosRecord | undefined
  readonly hosts?: ChaosRecord | undefined
  readonly pooler?: ChaosRecord | undefined
  /** Of `npm run torture -- queue --pooled --record`. */
  readonly 'queue-pooled'?: QueueTortureRecord | undefined
}
