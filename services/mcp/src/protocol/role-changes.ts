import { coversScope } from '@alkdev/operations'
import { SCOPES } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import type { IdentityChangeNotice } from '@alkdev/service'
import { eventLoopYielder } from '@alkdev/std/yield-to-event-loop'
import { CallerChanges } from './caller-changes.ts'
import type { Listening } from './caller-changes.ts'

/** Milliseconds between two reports: changes in between are one report. */
const REPORT_MS = 1000

/** Whether the key may read roles: others have no prompts, and nothing to be notified of. */
export function seesRoles({ scopes }: Pick<Identity, 'scopes'>): boolean {
  return coversScope(scopes, SCOPES.ROLES_READ)
}

/** Reports to clients that the prompts of `/mcp` have changed: a role was made, changed or deleted, at whichever replica. Nothing runs while no role changes. */
export class RoleChanges extends CallerChanges {
  readonly #listening = new Set<Listening>()
  readonly #onError: (error: unknown) => void
  #reportedMs = -REPORT_MS
  #timer: NodeJS.Timeout | undefined

  /** `onError` gets what a client failed with; the others are reported to. */
  constructor(onError: (error: unknown) => void) {
    super()
    this.#onError = onError
  }

  override listen(listening: Listening): () => void {
    if (seesRoles(listening.caller.authenticated.identity)) this.#listening.add(listening)
    return () => this.#listening.delete(listening)
  }

  /** Takes an entry of the change list, which every replica reads. */
  note({ kind }: IdentityChangeNotice): void {
    // When entries were missed, a role may be among them.
    if (kind !== 'role' && kind !== 'all') return
    if (this.#timer !== undefined || this.#listening.size === 0) return
    const waited = performance.now() - this.#reportedMs
    this.#timer = setTimeout(() => void this.#report(), Math.max(0, REPORT_MS - waited)).unref()
  }

  async #report(): Promise<void> {
    // What changes from here on is the next report.
    this.#timer = undefined
    this.#reportedMs = performance.now()
    const rest = eventLoopYielder()
    for (const one of [...this.#listening]) {
      try {
        if (this.#listening.has(one)) one.onEvent({ kind: 'prompts_list_changed' })
      } catch (error) {
        this.#onError(error)
      }
      // oxlint-disable-next-line no-await-in-loop -- other work of the process goes on between two clients
      await rest()
    }
  }
}
