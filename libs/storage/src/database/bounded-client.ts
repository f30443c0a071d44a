import { CodedError } from '@alkdev/errors'
import type { ISql, ParameterOrJSON, PendingQuery, Row, Sql, TransactionSql } from 'postgres'

/** Called with the text of a statement, without its values. What it returns is called once, when the statement has ended. */
export type OnStatement = (text: string) => ((error?: unknown) => void) | undefined

export interface BoundedClientOptions {
  /** Maximum statements in progress or waiting for a connection; one more is refused with UNAVAILABLE. */
  readonly maxPending: number
  /** Milliseconds that one statement may take, including the wait for a connection. */
  readonly deadlineMs: number
  /** Called with each error of the driver. */
  readonly onError?: (error: unknown) => void
  /** Called when a statement is given to the driver. */
  readonly onStatement?: OnStatement
  /**
   * Set when the database is reached through a pooler. Statements are then not named, because the next one may use another connection, and
   * each transaction begins with these settings, in milliseconds.
   */
  readonly transactionSettings?: Readonly<Record<string, number>>
}

type Parameters = ParameterOrJSON<never>[]

/** A statement with its parameters. */
export interface StatementText {
  readonly text: string
  readonly parameters: readonly unknown[]
}

/** The client of a database, beside what Drizzle uses of it. */
export interface BoundedClient {
  /** Connections keep the plans of statements. */
  readonly keepsPlans: boolean
  /**
   * Runs the statements in one transaction, all of which is written to a connection at once. Gives the rows of each; rejects with the first error, after the
   * transaction has ended without effect.
   */
  atOnce(statements: readonly StatementText[]): Promise<readonly (readonly Row[])[]>
}

/** The part of a driver client that Drizzle uses. */
interface Client {
  readonly options: unknown
  unsafe(query: string, parameters?: Parameters): Statement
}

type Body = (client: Client) => Promise<unknown>

/** Counts statements in progress and ends those that take too long. */
class Gate {
  readonly #options: BoundedClientOptions
  #pending = 0

  /** Called when a statement is given to the driver. */
  get onStatement(): OnStatement | undefined {
    return this.#options.onStatement
  }

  constructor(options: BoundedClientOptions) {
    this.#options = options
  }

  /**
   * Runs `work` unless too many statements are in progress. `settle` ends the count and the deadline before `work` does. The result of
   * `work` after the deadline is dropped. Nothing is cancelled on the server, whose statement time-out is shorter.
   */
  run<T>(work: (settle: () => void) => PromiseLike<T>): Promise<T> {
    if (this.#pending >= this.#options.maxPending) {
      return Promise.reject(
        new CodedError('UNAVAILABLE', 'Too many statements wait for the database.', {
          retryAfterMs: 500,
        }),
      )
    }
    this.#pending += 1
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    let open = true
    const settle = (): void => {
      if (!open) return
      open = false
      this.#pending -= 1
      clearTimeout(timer)
    }
    const timer = setTimeout(() => {
      settle()
      reject(
        new CodedError('UNAVAILABLE', 'The database did not answer in time.', {
          details: { outcome: 'unknown' },
          retryAfterMs: 1000,
        }),
      )
    }, this.#options.deadlineMs)
    work(settle).then(
      (value) => {
        settle()
        resolve(value)
      },
      (error: unknown) => {
        settle()
        this.#options.onError?.(error)
        reject(error)
      },
    )
    return promise
  }
}

/** A statement that starts when it is awaited, like one of the driver; `values` returns rows as arrays. */
class Statement implements PromiseLike<unknown> {
  readonly #query: PendingQuery<Row[]>
  readonly #gate: Gate
  readonly #text: string

  constructor(query: PendingQuery<Row[]>, gate: Gate, text: string) {
    this.#query = query
    this.#gate = gate
    this.#text = text
  }

  values(): Promise<unknown> {
    return this.#observed(this.#gate.run(() => this.#query.values()))
  }

  #observed(result: Promise<unknown>): Promise<unknown> {
    const onEnd = this.#gate.onStatement?.(this.#text)
    if (onEnd !== undefined) result.then(() => onEnd(), onEnd)
    return result
  }

  // oxlint-disable-next-line unicorn/no-thenable -- Drizzle awaits what `unsafe` returns
  then<A = unknown, B = never>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#observed(this.#gate.run<unknown>(() => this.#query)).then(onFulfilled, onRejected)
  }
}

// Named statements: one round trip instead of two (the driver describes an unnamed one first), and a plan that is kept.
// All texts come from this library, so their number is bounded.
const prepared = { prepare: true, simple: false }
const unnamed = { prepare: false, simple: false }

function setLocal(settings: Readonly<Record<string, number>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `set local ${name} = ${value}`)
    .join('; ')
}

function wrap(
  sql: ISql,
  driverOptions: unknown,
  gate: Gate,
  how: typeof prepared = prepared,
): Client {
  return {
    options: driverOptions,
    unsafe: (query, parameters = []) =>
      new Statement(sql.unsafe<Row[]>(query, parameters, how), gate, query),
    ...('savepoint' in sql && {
      savepoint: (body: Body) =>
        (sql as TransactionSql).savepoint((inner) => body(wrap(inner, driverOptions, gate, how))),
    }),
  }
}

/** See `BoundedClient`. `settings`: the statement with which a transaction begins. */
async function sendAtOnce(
  sql: Sql,
  statements: readonly StatementText[],
  how: typeof prepared,
  settings: string | undefined,
  onStatement: OnStatement | undefined,
): Promise<readonly (readonly Row[])[]> {
  const connection = await sql.reserve()
  try {
    const send = (text: string, parameters?: Parameters): Promise<readonly Row[]> => {
      const query =
        parameters === undefined
          ? connection.unsafe<Row[]>(text)
          : connection.unsafe<Row[]>(text, parameters, how)
      return query.execute()
    }
    const before = ['begin', ...(settings === undefined ? [] : [settings])].map((text) =>
      send(text),
    )
    const results = statements.map(({ text, parameters }) => {
      const result = send(text, [...parameters] as Parameters)
      const onEnd = onStatement?.(text)
      if (onEnd !== undefined) result.then(() => onEnd(), onEnd)
      return result
    })
    // After a statement that failed this undoes the transaction.
    const all = [...before, ...results, send('commit')]
    await Promise.allSettled(all)
    await Promise.all(all)
    return await Promise.all(results)
  } finally {
    connection.release()
  }
}

/**
 * The driver's client for Drizzle: every statement is prepared and has a deadline, and their number is bounded.
 * The wait of a transaction for its connection counts as a statement.
 */
export function boundedClient(sql: Sql, options: BoundedClientOptions): Sql & BoundedClient {
  const gate = new Gate(options)
  const { transactionSettings } = options
  const how = transactionSettings === undefined ? prepared : unnamed
  const settings = transactionSettings && setLocal(transactionSettings)
  const client = {
    ...wrap(sql, sql.options, gate, how),
    begin: (body: Body) => {
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      const start = gate.run(
        (settle) =>
          new Promise<void>((began, failed) => {
            sql
              .begin(async (inner) => {
                if (settings !== undefined) await inner.unsafe(settings)
                settle()
                began()
                return body(wrap(inner, sql.options, gate, how))
              })
              .then(resolve, (error: unknown) => {
                reject(error)
                failed(error)
              })
          }),
      )
      start.catch(reject)
      return promise
    },
    keepsPlans: how.prepare,
    atOnce: (statements: readonly StatementText[]) =>
      gate.run(() => sendAtOnce(sql, statements, how, settings, options.onStatement)),
  }
  return client as unknown as Sql & BoundedClient
}
