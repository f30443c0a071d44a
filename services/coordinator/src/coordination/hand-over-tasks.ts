import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { inTransaction } from '@alkdev/storage'
import { endLostSession, findLostPlaces } from '@alkdev/storage/coordination'
import type { LostPlace, LostSession } from '@alkdev/storage/coordination'
import { turnRights } from '../sessions/turn/turn-rights.ts'
import { saveLostFiles } from './save-lost-files.ts'

type Runtime = Pick<
  ServiceRuntime<'coordinator'>,
  'db' | 'bus' | 'authenticator' | 'logger' | 'config'
>

/** Sessions of one page of a sweep; the next sweep goes on behind a full one. */
const PAGE = 200
/** Sessions whose files are saved at a time, and those of one account among them. */
const MAX_RUNNING = 100
const MAX_OF_ACCOUNT = 20
/** Milliseconds after which a session that could not be handed over is tried again. */
const AGAIN_MS = 3000
/** Spokes that one try asks. */
const MAX_ASKED = 10
/** Spokes of other repositories, and sessions that were tried, that are remembered. */
const MAX_REMEMBERED = 1000

/**
 * Gives tasks back whose sessions lost their spoke while another spoke of the repository is attached: saves the files through that one, and ends the session
 * with its claims raised. Without another spoke the session waits for its own, since no other session could go on.
 */
export class HandOver {
  readonly #runtime: Runtime
  readonly #onEnded: (lost: LostSession) => Promise<void>
  /** Attachments of spokes, and the git folders that they do not serve. */
  readonly #elsewhere = new Set<string>()
  /** Attachments of spokes that did not answer when they were asked last, and when that was. */
  readonly #silent = new Map<string, number>()
  /** Sessions that are handed over just now, with their accounts. */
  readonly #running = new Map<string, string | null>()
  /** When sessions were tried. */
  readonly #tried = new Map<string, number>()
  /** The last session of the page before, when there may be more. */
  #after: string | undefined

  constructor(runtime: Runtime, onEnded: (lost: LostSession) => Promise<void>) {
    this.#runtime = runtime
    this.#onEnded = onEnded
  }

  /**
   * Begins to hand over what is lost, and does not wait for it: a spoke that does not answer delays only what it could save, and sessions that
   * cannot be handed over yet keep no other ones back. Each replica does it: of several that end one session, one finds it not ended.
   */
  async sweep(signal: AbortSignal): Promise<void> {
    const { db, config, logger } = this.#runtime
    const { handOverMs: afterMs } = config.sessions
    const found = await findLostPlaces(db, { afterMs, limit: PAGE, after: this.#after })
    this.#after = found.length < PAGE ? undefined : found.at(-1)?.sessionId
    // Those first that were not tried for the longest time.
    for (const place of found.toSorted((a, b) => this.#triedAt(a) - this.#triedAt(b))) {
      const { sessionId } = place
      if (signal.aborted) return
      if (!this.#mayBegin(place)) continue
      this.#running.set(sessionId, place.accountId)
      void this.#handOver(place)
        .catch((error: unknown) =>
          logger.warn(
            { err: error, sessionId },
            'a task of a session whose spoke is gone could not be given back yet',
          ),
        )
        .finally(() => {
          this.#running.delete(sessionId)
          if (this.#tried.size >= MAX_REMEMBERED) this.#tried.clear()
          this.#tried.set(sessionId, performance.now())
        })
    }
  }

  #triedAt({ sessionId }: LostPlace): number {
    return this.#tried.get(sessionId) ?? -AGAIN_MS
  }

  #mayBegin(place: LostPlace): boolean {
    const { sessionId, accountId } = place
    if (this.#running.has(sessionId) || this.#running.size >= MAX_RUNNING) return false
    if (performance.now() - this.#triedAt(place) < AGAIN_MS || this.#toAsk(place).length === 0)
      return false
    const ofAccount = [...this.#running.values()].filter((id) => id === accountId)
    return ofAccount.length < MAX_OF_ACCOUNT
  }

  /**
   * The other spokes without those that were found to serve another repository; those first that answered, and of the others the one that was not asked for
   * the longest time.
   */
  #toAsk({ others, commonDirId }: LostPlace): LostPlace['others'] {
    return others
      .filter((other) => !this.#elsewhere.has(keyOf(other, commonDirId)))
      .toSorted((a, b) => (this.#silent.get(keyOf(a)) ?? 0) - (this.#silent.get(keyOf(b)) ?? 0))
      .slice(0, MAX_ASKED)
  }

  async #handOver(place: LostPlace): Promise<void> {
    const { db } = this.#runtime
    const { sessionId, spoke, worktree, branch, commonDirId } = place
    const others = this.#toAsk(place)
    const rights = await this.#rights(place)
    if (rights === undefined) return
    const files = await saveLostFiles(this.#runtime, rights, place, {
      others,
      onAsked: (other, said) => {
        if (said === 'elsewhere') {
          if (this.#elsewhere.size >= MAX_REMEMBERED) this.#elsewhere.clear()
          this.#elsewhere.add(keyOf(other, commonDirId))
        }
        if (said !== 'silent') this.#silent.delete(keyOf(other))
        else {
          if (this.#silent.size >= MAX_REMEMBERED) this.#silent.clear()
          this.#silent.set(keyOf(other), performance.now())
        }
      },
    })
    if (files === undefined) return
    const reason = `The spoke ${spoke} with its worktree is gone.`
    const evidence = {
      ...compact({ branch: branch ?? undefined, worktree: worktree ?? undefined }),
      ...{ spoke, reason, ...files },
    }
    const lost = await inTransaction(db, (tx) =>
      endLostSession(tx, sessionId, { reason, evidence }),
    )
    if (lost !== undefined) await this.#onEnded(lost)
  }

  /** Undefined for a session whose rights were revoked: it waits for new ones, and its task with it. */
  async #rights({ sessionId, grantId }: LostPlace): Promise<Identity | undefined> {
    try {
      return (await turnRights(this.#runtime, sessionId, grantId)).granted
    } catch (thrown) {
      const error = CallError.from(thrown)
      if (error.code !== 'UNAUTHENTICATED') throw error
      return undefined
    }
  }
}

/** An attachment of a spoke, and a git folder when it is about one. */
function keyOf({ id, epoch }: LostPlace['others'][number], commonDirId = ''): string {
  return JSON.stringify([id, epoch, commonDirId])
}
