import { PostgresFailure } from './postgres-failure.ts'

/** Problems of PostgreSQL itself by SQLSTATE, in plain words, without SQL or paths. */
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

/** A successful write does not disprove these: they may concern another table or another right. */
const NOT_PROBED: ReadonlySet<string> = new Set(['XX001', 'XX002', '42501'])

/** Milliseconds after its last occurrence for which such a problem counts as present. */
export const TROUBLE_MS = 10_000
/** Milliseconds between two attempts to write. */
const PROBE_MS = 2000

export interface DatabaseTroubleOptions {
  readonly now?: () => number
  /** Writes something and rolls it back. Rejects with the error of the database. */
  readonly probe?: () => Promise<unknown>
  readonly probeMs?: number
}

/**
 * Records the newest lasting problem of a database, for readiness. A process that is not ready gets no calls that could detect the problem
 * again, so it probes with a write until one succeeds; the problem counts as present until then.
 */
export class DatabaseTrouble {
  readonly #now: () => number
  readonly #probe: (() => Promise<unknown>) | undefined
  readonly #probeMs: number
  #reason: string | undefined
  #seenAt = Number.NEGATIVE_INFINITY
  /** True while attempts to write continue. */
  #probing = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: DatabaseTroubleOptions = {}) {
    this.#now = options.now ?? (() => performance.now())
    this.#probe = options.probe
    this.#probeMs = options.probeMs ?? PROBE_MS
  }

  /** Examines the error of a statement. */
  see(error: unknown): void {
    const code = PostgresFailure.find(error)?.code
    const reason = code === undefined ? undefined : LASTING_TROUBLE[code]
    if (code === undefined || reason === undefined) return
    const isProbed = this.#probe !== undefined && !NOT_PROBED.has(code)
    // A problem that ends with time does not replace one that needs a successful write.
    if (this.#probing && !isProbed) return
    this.#reason = reason
    this.#seenAt = this.#now()
    if (!isProbed || this.#probing || this.#closed) return
    this.#probing = true
    this.#probeLater()
  }

  /** The sentence of the current problem. */
  get reason(): string | undefined {
    return this.#probing || this.#now() - this.#seenAt < TROUBLE_MS ? this.#reason : undefined
  }

  /** Ends the attempts to write. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #probeLater(): void {
    this.#timer = setTimeout(() => void this.#try(), this.#probeMs).unref()
  }

  async #try(): Promise<void> {
    try {
      await this.#probe?.()
      this.#probing = false
      this.#reason = undefined
    } catch (error) {
      // Without the right to write, the probe proves nothing: only the elapsed time ends the state.
      if (PostgresFailure.find(error)?.code === '42501') this.#probing = false
      this.see(error)
      if (this.#probing && !this.#closed) this.#probeLater()
    }
  }
}
