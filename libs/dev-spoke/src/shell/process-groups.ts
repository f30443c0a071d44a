import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { findProcesses } from './find-processes.ts'
import type { FoundProcess, MarkedGroup } from './find-processes.ts'

const KILL_AFTER_MS = 2000
const FIRST_POLL_MS = 20
const MAX_POLL_MS = 300
/** Milliseconds within which ended processes must be gone. */
const MAX_END_MS = 4500

/** Called when a process group is started and when it has ended. `id`: the mark of its processes. */
export type OnProcessGroup = (pid: number, running: boolean, id: string) => void

export interface GroupOwner {
  readonly account: string | undefined
  readonly session: string | undefined
}

export interface ProcessGroup extends GroupOwner {
  /** Also the mark in the environment of its processes. */
  readonly id: string
  readonly worktree: string | undefined
  readonly command: string
  readonly startedAt: Date
  /** The id of the process group and of its first process. */
  readonly pid: number
}

/** The process groups of the shell calls that run, by session. */
export class ProcessGroups {
  readonly #groups = new Map<string, ProcessGroup>()
  readonly #ending = new Map<string, Promise<boolean>>()
  readonly #onGroup: OnProcessGroup

  constructor(onGroup: OnProcessGroup = () => undefined) {
    this.#onGroup = onGroup
  }

  /** A new mark for the environment of a group's processes. */
  newId(): string {
    return randomUUID()
  }

  add(group: ProcessGroup): void {
    this.#groups.set(group.id, group)
    this.#onGroup(group.pid, true, group.id)
  }

  /** The groups of an account; of one session only when the owner names one. */
  of(owner: GroupOwner): ProcessGroup[] {
    return [...this.#groups.values()].filter(
      ({ account, session }) =>
        account === owner.account && (owner.session === undefined || session === owner.session),
    )
  }

  /** The processes of the groups that run, by the id of the group. */
  async processes(
    groups: readonly ProcessGroup[],
  ): Promise<ReadonlyMap<string, readonly FoundProcess[]>> {
    return (await findProcesses(groups)) ?? new Map<string, readonly FoundProcess[]>()
  }

  /**
   * Ends a group: TERM, and KILL two seconds later, to the process group and to processes that left it. Resolves with true when nothing of it
   * is left, at the latest after 4.5 s. Calls at the same time share one end.
   */
  end(group: ProcessGroup): Promise<boolean> {
    // Its ids may belong to other processes by now.
    if (!this.#groups.has(group.id)) return Promise.resolve(true)
    const known = this.#ending.get(group.id)
    if (known) return known
    const ending = this.#end(group).finally(() => this.#ending.delete(group.id))
    this.#ending.set(group.id, ending)
    return ending
  }

  async #end(group: ProcessGroup): Promise<boolean> {
    const startedAt = performance.now()
    let pollMs = FIRST_POLL_MS
    let signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'
    let isGone = !(await send(group, signal))
    while (!isGone && performance.now() - startedAt < MAX_END_MS) {
      await delay(pollMs)
      pollMs = Math.min(2 * pollMs, MAX_POLL_MS)
      if (signal === 'SIGTERM' && performance.now() - startedAt >= KILL_AFTER_MS) signal = 'SIGKILL'
      // After the first TERM only looks, until it is time to kill.
      isGone = !(await send(group, signal === 'SIGKILL' ? signal : 0))
    }
    if (isGone) {
      this.#groups.delete(group.id)
      this.#onGroup(group.pid, false, group.id)
    }
    return isGone
  }
}

/** Kills what is left of groups at once, also processes that left their process group. */
export async function killGroups(groups: readonly MarkedGroup[]): Promise<void> {
  for (const { pid } of groups) kill(-pid, 'SIGKILL')
  const found = await findProcesses(groups)
  for (const left of found?.values() ?? []) for (const { pid } of left) kill(pid, 'SIGKILL')
}

/** Sends a signal (0: none) to every process of a group. Returns whether there was one. */
async function send(group: ProcessGroup, signal: NodeJS.Signals | 0): Promise<boolean> {
  const any = kill(-group.pid, signal)
  const found = await findProcesses([group])
  if (found === undefined) return any
  // Those that left the process group. A group of zombies still takes signals, but is gone.
  const left = found.get(group.id) ?? []
  if (signal !== 0) for (const { pid } of left) kill(pid, signal)
  return left.length > 0
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
