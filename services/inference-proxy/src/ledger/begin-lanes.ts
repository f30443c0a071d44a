import { CodedError } from '@alkdev/errors'
import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import type { StatementLane } from '@alkdev/storage'
import { openingCallsJson } from '@alkdev/storage/inference'
import type { BeginningCall, BegunRow, CallRefusal } from '@alkdev/storage/inference'

/** Calls of one statement. */
const MAX_BATCH = 100

/** The opening row of a call on its way to PostgreSQL. */
export interface OpeningRow {
  /** True as soon as the row will be there whatever becomes of this process; false when that is not known before `row` settles. Never rejects. */
  readonly written: Promise<boolean>
  /** The refusal of the call, if any. Rejects when the row could not be written. */
  readonly row: Promise<CallRefusal | undefined>
}

export interface BeginLanesOptions {
  readonly lanes: readonly Pick<StatementLane<BegunRow>, 'run' | 'release'>[]
  /** A holder of slices that may have lost them. */
  readonly onLost: (holder: string) => void
  /** A budget whose slices a call needs. */
  readonly onRecalled: (budgetId: string) => void
}

interface Waiting {
  readonly call: BeginningCall
  readonly written: Deferred<boolean>
  readonly row: Deferred<CallRefusal | undefined>
}

/** Writes the opening rows of calls that wait for nothing in PostgreSQL: those of one turn of the event loop in one statement, on a lane that is free. */
export class BeginLanes {
  readonly #options: BeginLanesOptions
  #waiting: Waiting[] = []
  readonly #busy = new Set<object>()
  #isScheduled = false

  constructor(options: BeginLanesOptions) {
    this.#options = options
  }

  add(call: BeginningCall): OpeningRow {
    const one: Waiting = { call, written: deferred(), row: deferred() }
    this.#waiting.push(one)
    if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        this.#pump()
      })
    }
    return { written: one.written.promise, row: one.row.promise }
  }

  /** Gives the connections back. */
  release(): void {
    for (const lane of this.#options.lanes) lane.release()
  }

  #pump(): void {
    for (const lane of this.#options.lanes) {
      if (this.#waiting.length === 0) return
      if (this.#busy.has(lane)) continue
      this.#busy.add(lane)
      void this.#write(lane, this.#waiting.splice(0, MAX_BATCH)).finally(() => {
        this.#busy.delete(lane)
        this.#pump()
      })
    }
  }

  async #write(lane: BeginLanesOptions['lanes'][number], batch: readonly Waiting[]): Promise<void> {
    try {
      const { written, rows } = lane.run(openingCallsJson(batch.map(({ call }) => call)))
      void written.then((isWritten) => {
        for (const one of batch) one.written.resolve(isWritten)
      })
      this.#take(batch, await rows)
    } catch (error) {
      if (batch.length === 1 || CodedError.from(error).code === 'UNAVAILABLE') {
        for (const { call, row, written } of batch) {
          if (call.holder !== undefined) this.#options.onLost(call.holder)
          // It has its answer already unless the statement could not be made.
          written.resolve(false)
          row.reject(error)
        }
        return
      }
      // The statement did nothing. One call that the database does not take must not cost the others.
      for (const one of batch) await this.#write(lane, [one]) // oxlint-disable-line no-await-in-loop
    }
  }

  #take(batch: readonly Waiting[], rows: readonly BegunRow[]): void {
    const refusals = new Map<string, CallRefusal>()
    for (const row of rows)
      if (row.what === 'refused') refusals.set(row.about, row.facts)
      else if (row.what === 'lost') this.#options.onLost(row.about)
      else this.#options.onRecalled(row.about)
    for (const { call, row } of batch) row.resolve(refusals.get(call.id))
  }
}
