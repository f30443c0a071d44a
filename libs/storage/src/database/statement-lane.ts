import { CodedError } from '@alkdev/errors'
import { withTimeout } from '@alkdev/std'
import type { PendingQuery, ReservedSql, Row, Sql } from 'postgres'
import { coded } from './storage-error.ts'

export interface StatementLaneOptions {
  /** The statement, with one parameter. */
  readonly text: string
  /** Milliseconds that it may take, and that the lane waits for a connection. */
  readonly deadlineMs: number
  /** Whether connections keep prepared statements. Without, `written` resolves with the rows. */
  readonly isPrepared: boolean
  /** Whether the lane keeps its connection between statements. A pool of a few connections cannot spare one. */
  readonly keepsConnection: boolean
}

/** A statement that a lane runs. */
export interface LaneStatement<T> {
  /** True as soon as PostgreSQL will execute the statement even if this process is killed; false when `rows` settled before. Never rejects. */
  readonly written: Promise<boolean>
  /** Rejects with UNAVAILABLE when the database cannot be reached, or does not answer in time. */
  readonly rows: Promise<readonly T[]>
}

/** What the driver knows of a statement that it was given. Its types do not have these members. */
interface DriverQuery {
  /** It is the statement that its connection runs. */
  readonly active: boolean
  /** The server knows its text, so that one message carries the whole of it. */
  readonly prepared: boolean
}

/**
 * Runs one kind of statement, one at a time, on a connection of its own. The connection is idle when a statement begins: PostgreSQL reads the statement
 * to its end and executes it, whatever becomes of this process once the message is in the socket.
 */
export class StatementLane<T extends Row> {
  readonly #sql: Sql
  readonly #options: StatementLaneOptions
  #connection: ReservedSql | undefined
  #isBusy = false

  constructor(sql: Sql, options: StatementLaneOptions) {
    this.#sql = sql
    this.#options = options
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Throws RangeError while a statement runs. */
  run(parameter: string): LaneStatement<T> {
    if (this.#isBusy) throw new RangeError('A lane runs one statement at a time.')
    this.#isBusy = true
    const written = Promise.withResolvers<boolean>()
    const rows = coded(() => this.#execute(parameter, () => written.resolve(true))).finally(() => {
      this.#isBusy = false
      if (!this.#options.keepsConnection) this.release()
      written.resolve(false)
    })
    rows.catch(() => undefined)
    return { written: written.promise, rows }
  }

  /** Gives the connection back to the pool. The next statement takes one again. */
  release(): void {
    this.#connection?.release()
    this.#connection = undefined
  }

  async #execute(parameter: string, onWritten: () => void): Promise<readonly T[]> {
    // The connection may have died since the last statement. What was not sent is sent once more.
    const isFresh = this.#connection === undefined
    const first = await this.#send(parameter, onWritten)
    if (first.rows !== undefined) return first.rows
    if (first.wasSent || isFresh) throw first.error
    const second = await this.#send(parameter, onWritten)
    if (second.rows === undefined) throw second.error
    return second.rows
  }

  async #send(
    parameter: string,
    onWritten: () => void,
  ): Promise<{ rows?: readonly T[]; error?: unknown; wasSent: boolean }> {
    const { text, deadlineMs, isPrepared } = this.#options
    let wasSent = false
    let query: PendingQuery<T[]> | undefined
    try {
      const connection = (this.#connection ??= await this.#reserve())
      query = connection.unsafe<T[]>(text, [parameter], { prepare: isPrepared })
      void query.execute()
      const facts = query as unknown as DriverQuery
      // The driver gives the statement to its connection one microtask later.
      queueMicrotask(() =>
        queueMicrotask(() => {
          wasSent = facts.active
          // The connection writes to its socket at the end of this turn of the event loop, at the latest.
          if (facts.active && facts.prepared) setImmediate(onWritten)
        }),
      )
      const rows = await withTimeout(query, { ms: deadlineMs, what: 'The statement' })
      return { rows, wasSent: true }
    } catch (thrown) {
      this.#drop(query)
      const isLate = (thrown as Error).name === 'TimeoutError'
      return { error: isLate ? tooLate() : thrown, wasSent: wasSent || isLate }
    }
  }

  async #reserve(): Promise<ReservedSql> {
    const reserving = this.#sql.reserve()
    const { deadlineMs } = this.#options
    try {
      return await withTimeout(reserving, { ms: deadlineMs, what: 'A connection' })
    } catch (error) {
      reserving.then(
        (late) => late.release(),
        () => undefined,
      )
      throw error
    }
  }

  /** Leaves the connection to the pool, as soon as it runs nothing. */
  #drop(query: PendingQuery<T[]> | undefined): void {
    const connection = this.#connection
    this.#connection = undefined
    if (connection === undefined) return
    const release = (): void => connection.release()
    if (query === undefined) release()
    else query.then(release, release)
  }
}

function tooLate(): CodedError {
  return new CodedError('UNAVAILABLE', 'The database did not answer in time.', {
    details: { outcome: 'unknown' },
    retryAfterMs: 1000,
  })
}
