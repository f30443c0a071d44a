import { CallError } from '@alkdev/operations'

/** Trials of one process at a time, and of one account among them: a service that does not answer holds one for 40 s. */
const MAX_TRIALS = 8
const MAX_OF_ACCOUNT = 2

/** The trials that run. */
export class TrialSlots {
  readonly #ofAccount = new Map<string, number>()
  #running = 0

  /** Counts a trial until the returned function is called. Throws OVERLOADED, and RATE_LIMITED when the account has two. */
  enter(accountId: string): () => void {
    const own = this.#ofAccount.get(accountId) ?? 0
    if (own >= MAX_OF_ACCOUNT)
      throw new CallError(
        'RATE_LIMITED',
        `${MAX_OF_ACCOUNT} outside services of this account are being tried: wait until one has ended.`,
      )
    if (this.#running >= MAX_TRIALS)
      throw new CallError('OVERLOADED', `${MAX_TRIALS} outside services are being tried.`)
    this.#running += 1
    this.#ofAccount.set(accountId, own + 1)
    return () => {
      this.#running -= 1
      const left = (this.#ofAccount.get(accountId) ?? 1) - 1
      if (left === 0) this.#ofAccount.delete(accountId)
      else this.#ofAccount.set(accountId, left)
    }
  }
}
