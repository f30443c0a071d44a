/** The fields of a server error, as the driver reports it. */
interface ServerError extends Error {
  readonly code: string
  readonly table_name?: string
  readonly column_name?: string
  readonly constraint_name?: string
  readonly routine?: string
}

/**
 * An error of Postgres or of the connection to it, safe to log: it has the fields of the original that identify objects, and none
 * that carry values (statement, parameters, `detail`, `where`).
 */
export class PostgresFailure extends Error {
  override readonly name = 'PostgresFailure'
  /** SQLSTATE, or the code of the driver or the socket (`CONNECTION_CLOSED`, `ECONNREFUSED`). */
  readonly code: string
  readonly table: string | undefined
  readonly column: string | undefined
  readonly constraint: string | undefined
  readonly routine: string | undefined

  private constructor(error: ServerError) {
    // Data errors (class 22) quote the wrong value.
    super(error.code.startsWith('22') ? `data exception ${error.code}` : error.message)
    this.code = error.code
    this.table = error.table_name
    this.column = error.column_name
    this.constraint = error.constraint_name
    this.routine = error.routine
  }

  /** The failure inside a thrown value, below any wrapper; undefined when it is not a Postgres error. */
  static find(thrown: unknown): PostgresFailure | undefined {
    for (let error = thrown, depth = 0; error instanceof Error && depth < 8; depth += 1) {
      if (error instanceof PostgresFailure) return error
      if ('code' in error && typeof error.code === 'string' && !('toWire' in error)) {
        return new PostgresFailure(error as ServerError)
      }
      error = error.cause
    }
    return undefined
  }
}
