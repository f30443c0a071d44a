import type { SpokeAttachment } from '@alkdev/bus'
import type { ServiceRuntime } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import { spokeAttachment } from '../spoke-attachment.ts'
import type { BoundPlace } from './bound-place.ts'
import { readRepository } from './read-repository.ts'
import type { Served } from './read-repository.ts'
import { verifyPlace } from './verify-place.ts'

/** Comparisons in a row that a new attachment of the spoke made worthless. */
const MAX_TRIES = 5
const PAUSE_MS = 200

export interface PlaceCheckOptions {
  readonly runtime: Pick<ServiceRuntime<'coordinator'>, 'bus'>
  /** The place with the head of now. Throws TurnOver. */
  place(): Promise<BoundPlace | undefined>
}

/**
 * Whether the workspace of a turn was compared at the attachment that its spoke has now. Any process of the account can attach a spoke under the same name, with
 * other files: each is an attachment of its own. While it is the same, nothing is read. A call that names it is made at no other attachment.
 */
export class PlaceCheck {
  readonly #options: PlaceCheckOptions
  /** Where it was compared. */
  #compared = ''
  /** The comparison that runs. */
  #running: { readonly at: string; readonly done: Promise<boolean> } | undefined
  /** What the spoke served first, for a workspace that does not say it. */
  #served: Promise<Served> | undefined

  constructor(options: PlaceCheckOptions) {
    this.#options = options
  }

  /**
   * Compares the workspace unless that was done at this attachment. Gives the attachment that a call of the operation there is to name. Throws
   * TurnOver, `workspace-mismatch`, and PROVIDER_UNAVAILABLE when the spoke does not answer or is not there: then nothing may be called.
   */
  async attachmentOf(
    place: BoundPlace,
    operationId: string,
    principal: Identity,
  ): Promise<SpokeAttachment> {
    for (let tries = 1; ; tries++) {
      const at = spokeAttachment(this.#options.runtime, operationId, principal)
      if (at === undefined)
        throw new CallError('PROVIDER_UNAVAILABLE', `The spoke ${place.spoke} is not there now.`)
      // oxlint-disable-next-line no-await-in-loop -- until it is the same before and after
      if (await this.#compare(place, at, principal)) return at
      const now = spokeAttachment(this.#options.runtime, operationId, principal)
      if (tries === MAX_TRIES || (now?.spokeId === at.spokeId && now.epoch === at.epoch))
        throw new CallError(
          'PROVIDER_UNAVAILABLE',
          `The spoke ${place.spoke} was attached again and did not say whether its files are those of the session. Nothing ran.`,
        )
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(PAUSE_MS)
    }
  }

  /** The same before a step and at the start of a turn: a spoke that does not answer is left to what follows. Throws TurnOver. */
  async look(place: BoundPlace, principal: Identity): Promise<void> {
    const at = spokeAttachment(this.#options.runtime, `${place.prefix}.git.status`, principal)
    if (at !== undefined) await this.#compare(place, at, principal)
  }

  /** False when the spoke did not answer at that attachment. Calls of a step that need the same comparison share it. */
  async #compare(
    place: BoundPlace,
    attachment: SpokeAttachment,
    principal: Identity,
  ): Promise<boolean> {
    const { spokeId, epoch } = attachment
    const at = JSON.stringify([place.prefix, place.worktree, spokeId, epoch])
    if (this.#compared === at) return true
    if (this.#running?.at !== at)
      this.#running = {
        at,
        done: this.#read(at, attachment, principal).finally(() => this.#end(at)),
      }
    return this.#running.done
  }

  #end(at: string): void {
    if (this.#running?.at === at) this.#running = undefined
  }

  async #read(at: string, attachment: SpokeAttachment, principal: Identity): Promise<boolean> {
    const { runtime } = this.#options
    const place = await this.#options.place()
    if (place === undefined) return true
    const isFirst = this.#compared === ''
    const served = isFirst || this.#served === undefined ? undefined : await this.#served
    const answered = await verifyPlace(runtime, place, { principal, attachment, served })
    if (!answered) return false
    // Read beside what follows: it is needed only when the spoke is attached again.
    if (isFirst && (place.worktree === undefined || place.repository === undefined))
      this.#served = readRepository(runtime, place, { principal, attachment }).catch(
        () => undefined,
      )
    this.#compared = at
    return true
  }
}
