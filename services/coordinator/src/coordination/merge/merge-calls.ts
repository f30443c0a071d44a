import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import type { ServiceRuntime } from '@alkdev/service'
import { compact } from '@alkdev/std'
import type { NamedPlace } from '../../sessions/named-place.ts'

const PATIENCE_MS = 60_000

/** A commit and what it changes: the same change has the same patch id, also after a rebase. */
export interface Patch {
  readonly commit: string
  readonly patchId: string
}

export interface Compared {
  readonly from: string
  readonly to: string
  readonly base: string | null
  readonly onlyFrom: { readonly commits: readonly Patch[]; readonly truncated: boolean }
  readonly onlyTo: { readonly commits: readonly Patch[]; readonly truncated: boolean }
}

/** The operations of the spoke of a worktree that a merge uses, with the rights of who asked for it. */
export class MergeCalls {
  readonly #bus: ServiceRuntime<'coordinator'>['bus']
  readonly #principal: Identity
  readonly #place: NamedPlace
  readonly #signal: AbortSignal

  constructor(
    { bus }: Pick<ServiceRuntime<'coordinator'>, 'bus'>,
    principal: Identity,
    place: NamedPlace,
    signal: AbortSignal,
  ) {
    this.#bus = bus
    this.#principal = principal
    this.#place = place
    this.#signal = signal
  }

  status() {
    return this.#call<{
      branch: string | null
      commit: string | null
      files: readonly { path: string }[]
    }>('git.status', this.#worktree)
  }

  compare(from: string, to: string) {
    return this.#call<Compared>('git.compare', { from, to })
  }

  /** Keeps the branch as it is as a ref of the session. */
  save(session: string, step: string) {
    const input = { session, step, ...this.#worktree }
    return this.#call<{ ref: string }>('git.checkpoint', input, `${session}:${step}`)
  }

  rebase(onto: string) {
    const input = { onto, undoUnfinished: true, ...this.#worktree }
    return this.#call<{ outcome: string; after: string; conflicts: readonly string[] }>(
      'git.rebase',
      input,
    )
  }

  fastForward(branch: string, to: string, expect: string) {
    return this.#call<{ outcome: 'updated' | 'unchanged' | 'moved'; head: string | null }>(
      'git.fastForward',
      { branch, to, expect },
    )
  }

  get #worktree(): { readonly worktree?: string } {
    return compact({ worktree: this.#place.worktree })
  }

  async #call<T>(name: string, input: object, idempotencyKey?: string): Promise<T> {
    const operationId = `${this.#place.prefix}.${name}`
    const { envelope } = await this.#bus
      .call(operationId, input, {
        principal: this.#principal,
        attachment: this.#place.attachment,
        timeoutMs: PATIENCE_MS,
        signal: this.#signal,
        ...compact({ idempotencyKey }),
      })
      .catch((thrown: unknown) => {
        const error = CallError.from(thrown)
        if (error.code !== 'OPERATION_NOT_FOUND') throw error
        // A spoke that is unavailable has no operations: it may come back.
        throw new CallError(
          'PROVIDER_UNAVAILABLE',
          `There is no operation ${operationId}: the spoke is unavailable, or who asked for the merge may not use it.`,
        )
      })
    return envelope.data as T
  }
}
