import type { ServiceRuntime } from '@alkdev/service'
import type { Identity } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { inTurn, setCheckpoint } from '@alkdev/storage/sessions'
import type { SessionClaim, OpenToolCall } from '@alkdev/storage/sessions'
import type { BoundPlace } from './bound-place.ts'
import type { PlaceCheck } from './place-check.ts'
import type { WorktreeHead } from './worktree-head.ts'

export interface TurnCheckpointsOptions {
  readonly runtime: Pick<ServiceRuntime, 'bus' | 'db' | 'logger'>
  readonly claim: SessionClaim
  readonly turnId: string
  readonly head: WorktreeHead
  readonly check: Pick<PlaceCheck, 'attachmentOf'>
}

/**
 * Saves the files of the workspace of a turn: before its first call that may change files, and after each step with such calls. A workspace that is
 * no git repository, or a spoke that saves nothing, costs a turn its revert of files and nothing else.
 */
export class TurnCheckpoints {
  readonly #options: TurnCheckpointsOptions
  #hasStart = false
  #saving: Promise<void> = Promise.resolve()

  constructor(options: TurnCheckpointsOptions) {
    this.#options = options
  }

  /** Before tool calls are made: waits for the checkpoint of the step before, and saves the start of the turn. Throws ClaimLost. */
  async before(
    calls: readonly OpenToolCall[],
    rights: Identity,
    place: BoundPlace | undefined,
  ): Promise<void> {
    await this.#saving
    if (place === undefined || !this.#changesFiles(calls, rights, place)) return
    await this.#options.head.forget()
    if (this.#hasStart) return
    this.#hasStart = true
    await this.#save(0, rights, place)
  }

  /** After the calls of a step. The next call of the model does not wait for it. */
  after(
    step: number,
    calls: readonly OpenToolCall[],
    rights: Identity,
    place: BoundPlace | undefined,
  ): void {
    if (place === undefined || !this.#changesFiles(calls, rights, place)) return
    this.#saving = this.#save(step, rights, place)
  }

  /** Resolves when nothing is being saved. */
  get done(): Promise<void> {
    return this.#saving
  }

  #changesFiles(calls: readonly OpenToolCall[], rights: Identity, { prefix }: BoundPlace): boolean {
    const { directory } = this.#options.runtime.bus
    return calls.some(
      ({ operationName }) =>
        operationName?.startsWith(`${prefix}.`) === true &&
        directory.get(operationName, rights)?.spec.hints?.readOnly !== true,
    )
  }

  async #save(step: number, principal: Identity, place: BoundPlace): Promise<void> {
    const { runtime, claim, turnId, head, check } = this.#options
    const { prefix, worktree } = place
    const operationId = `${prefix}.git.checkpoint`
    try {
      const attachment = await check.attachmentOf(place, operationId, principal)
      const input = { session: claim.id, step: `${turnId}-${step}`, ...compact({ worktree }) }
      const { envelope } = await runtime.bus.call(operationId, input, {
        principal,
        attachment,
        parentCallId: turnId,
        depth: 1,
        idempotencyKey: `${turnId}-${step}`,
        metadata: { turnId },
      })
      const { ref, tree, ...saved } = envelope.data as {
        readonly ref: string
        readonly tree: string
        readonly head: string | null
      }
      await inTurn(runtime.db, claim, async (tx) => {
        await setCheckpoint(tx, { sessionId: claim.id, turnId, step, ref, tree })
        // Calls of a process that is gone may run while the start is saved.
        if (step > 0) await head.remember(tx, saved.head)
      })
    } catch (error) {
      runtime.logger.debug(
        { err: error, sessionId: claim.id },
        'the files of a session were not saved',
      )
    }
  }
}
