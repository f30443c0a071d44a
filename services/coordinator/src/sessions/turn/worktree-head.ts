import type { ServiceRuntime } from '@alkdev/service'
import type { Db } from '@alkdev/storage'
import { forgetHead, inTurn, rememberHead } from '@alkdev/storage/sessions'
import type { SessionClaim } from '@alkdev/storage/sessions'
import type { BoundPlace } from './bound-place.ts'
import type { PlaceCheck } from './place-check.ts'
import { ClaimLost } from './claim-lost.ts'
import { readWorktree } from './read-worktree.ts'
import type { TurnHold } from './turn-hold.ts'

const PATIENCE_MS = 5000

export interface WorktreeHeadOptions {
  readonly runtime: Pick<ServiceRuntime<'coordinator'>, 'bus' | 'db' | 'logger'>
  readonly claim: SessionClaim
  readonly turnId: string
  /** Undefined: the turn has no worktree, and no head is known of it. */
  readonly place: BoundPlace | undefined
  readonly check: Pick<PlaceCheck, 'attachmentOf'>
}

/**
 * The head that the next turn, or this one after a wait, expects in the worktree. It is not known from the moment before the first call that may move it until
 * what such calls left is read: whatever process goes on from there compares nothing that the session itself may have moved.
 */
export class WorktreeHead {
  readonly #options: WorktreeHeadOptions
  #isKnown: boolean

  constructor(options: WorktreeHeadOptions) {
    this.#options = options
    this.#isKnown = options.place?.head !== undefined
  }

  /** Before calls that may move it. Throws ClaimLost. */
  async forget(): Promise<void> {
    if (!this.#isKnown) return
    const { runtime, claim } = this.#options
    const forgotten = await inTurn(runtime.db, claim, (tx) => forgetHead(tx, claim.id))
    if (forgotten.kind === 'lost') throw new ClaimLost()
    this.#isKnown = false
  }

  /** What calls that have ended left. In a transaction of the turn. */
  async remember(tx: Db, head: string | null): Promise<void> {
    const { claim, turnId, place } = this.#options
    if (place?.worktree === undefined) return
    const isStored = await rememberHead(tx, { sessionId: claim.id, turnId, head })
    this.#isKnown = isStored && head !== null
  }

  /** Reads it where it is not known, because the session stops to act. Where it cannot be read it stays unknown; never rejects. */
  async settle(hold: Pick<TurnHold, 'rights'>): Promise<void> {
    const { runtime, claim, place, check } = this.#options
    if (this.#isKnown || place?.worktree === undefined) return
    try {
      const { granted } = await hold.rights()
      const at = await check.attachmentOf(place, `${place.prefix}.git.status`, granted)
      const found = await readWorktree(runtime, place, granted, PATIENCE_MS, at)
      if (found !== undefined)
        await inTurn(runtime.db, claim, (tx) => this.remember(tx, found.commit))
    } catch (error) {
      runtime.logger.debug(
        { err: error, sessionId: claim.id },
        'the head of the worktree of a session was not read',
      )
    }
  }
}
