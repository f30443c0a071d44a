import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '@alkdev/errors'
import { sleep } from '@alkdev/std'
import { holdName } from '@alkdev/std/hold-name'
import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import { Value } from '@alkdev/typebox/value'

const NAME = 'port-leases.json'
const MAX_WAIT_MS = 5000
const POLL_MS = 20

const StoredLease = Type.Object({
  first: Type.Integer(),
  /** The worktree's own folder in the repository; it goes with the worktree. */
  gitDir: Type.String(),
  workTree: Type.String(),
})
export type StoredLease = Static<typeof StoredLease>
const Stored = Type.Object({ leases: Type.Array(StoredLease) })

/** The file with the leases of all spokes of a user, and the lock that its writers hold. */
export class LeaseFile {
  readonly #folder: string
  readonly #file: string

  constructor(folder: string) {
    this.#folder = folder
    this.#file = join(folder, NAME)
  }

  /** Throws CodedError EXECUTION_ERROR for a file that does not hold leases, and what the file system says. */
  async read(): Promise<readonly StoredLease[]> {
    let text: string
    try {
      text = await readFile(this.#file, 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
    try {
      return Value.Parse(Stored, JSON.parse(text)).leases
    } catch (cause) {
      throw new CodedError(
        'EXECUTION_ERROR',
        `${NAME} in the state folder of the spoke's user does not hold leases of ports. Remove it while no server of a worktree runs.`,
        { cause },
      )
    }
  }

  /**
   * Replaces the leases by what `change` makes of them. One process changes them at a time. Throws CodedError OVERLOADED when others do for
   * 5 s.
   */
  async change(
    change: (leases: readonly StoredLease[]) => Promise<readonly StoredLease[]>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await using _lock = await this.#lock(signal)
    const leases = await change(await this.read())
    const next = `${this.#file}.new`
    await writeFile(next, `${JSON.stringify({ leases }, null, 2)}\n`, { mode: 0o600 })
    await rename(next, this.#file)
  }

  async #lock(signal: AbortSignal | undefined): Promise<AsyncDisposable> {
    const id = createHash('sha256').update(this.#folder).digest('hex').slice(0, 16)
    const deadline = performance.now() + MAX_WAIT_MS
    for (;;) {
      // oxlint-disable no-await-in-loop -- until it is free, or the deadline
      const held = await holdName(`port-leases-${id}`)
      if (held !== undefined) return held
      if (performance.now() >= deadline)
        throw new CodedError('OVERLOADED', 'Other spokes take ports for their worktrees just now.')
      await sleep(POLL_MS, signal)
      // oxlint-enable no-await-in-loop
    }
  }
}
