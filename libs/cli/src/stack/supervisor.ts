import { Supervised } from './supervised.ts'
import type { ProcessRun, ProcessState, SupervisedOptions } from './supervised.ts'

/** `server`: PostgreSQL and Redis, which the others need and which therefore stop last. */
export type SupervisedKind = 'server' | 'service' | 'spoke'

export interface SupervisorEvents {
  /** Something has changed, after `watch`. */
  readonly onChange: (process: Supervised) => void
}

/** Supervises all processes of a stack. Disposing it stops the spoke and the services together, then the servers together. */
export class Supervisor implements AsyncDisposable {
  readonly #processes: { readonly kind: SupervisedKind; readonly process: Supervised }[] = []
  #onChange: ((process: Supervised) => void) | undefined

  /** Starts a process; rejects when that fails. It is started again when it ends, from `watch` on. */
  async add(
    kind: SupervisedKind,
    options: Pick<SupervisedOptions, 'name' | 'start'>,
  ): Promise<ProcessRun> {
    const process = new Supervised({ ...options, onChange: (changed) => this.#onChange?.(changed) })
    this.#processes.push({ kind, process })
    return process.start()
  }

  watch({ onChange }: SupervisorEvents): void {
    this.#onChange = onChange
    for (const { process } of this.#processes) process.watch()
  }

  states(kind?: SupervisedKind): Record<string, ProcessState> {
    return Object.fromEntries(
      this.#processes
        .filter((one) => kind === undefined || one.kind === kind)
        .map(({ process }) => [process.name, process.state]),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stop = (servers: boolean) =>
      Promise.all(
        this.#processes
          .filter(({ kind }) => (kind === 'server') === servers)
          .map(({ process }) => process.stop()),
      )
    await stop(false)
    await stop(true)
  }
}
