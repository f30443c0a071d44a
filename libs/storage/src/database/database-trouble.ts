import { PostgresFailure } from './postgres-failure.ts'

/** What PostgreSQL itself lacks, by SQLSTATE: in plain words, without SQL or paths. */
export const LASTING_TROUBLE: Readonly<Record<string, string>> = {
  '25006': 'The database takes no writes: it is read-only.',
  '53000': 'The database lacks a resource.',
  '53100': 'The database has no disk space left.',
  '53200': 'The database is out of memory.',
  '53300': 'The database has no free connections.',
  '53400': 'The database has reached a limit of its configuration.',
  '58000': 'The database has a system error.',
  '58030': "The database can't read or write its files.",
  '58P01': "The database can't find one of its files.",
  XX001: 'The database found damaged data.',
  XX002: 'The database found a damaged index.',
  '28P01': 'The database refuses the password of the hub.',
  '28000': 'The database does not let in the user of the hub.',
  '3D000': 'The database of the hub does not exist.',
  '42501': 'The database does not give the user of the hub the rights that it needs.',
}

/** How long after it was seen last a trouble counts as present. What writes to the database meets it sooner. */
export const TROUBLE_MS = 10_000

/** Remembers the newest lasting trouble of a database, for readiness. */
export class DatabaseTrouble {
  readonly #now: () => number
  #reason: string | undefined
  #seenAt = Number.NEGATIVE_INFINITY

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Looks at what a statement was rejected with. */
  see(error: unknown): void {
    const code = PostgresFailure.find(error)?.code
    const reason = code === undefined ? undefined : LASTING_TROUBLE[code]
    if (reason === undefined) return
    this.#reason = reason
    this.#seenAt = this.#now()
  }

  /** The sentence of a trouble that was seen within the last 10 seconds. */
  get reason(): string | undefined {
    return this.#now() - this.#seenAt < TROUBLE_MS ? this.#reason : undefined
  }
}
