import { readdir, readFile } from 'node:fs/promises'

/** The environment variable that marks the processes of one call, also those that leave its process group. */
export const GROUP_MARK = 'ALKHUB_PROCESS_GROUP'

/** A mark and the id of the process group that was started with it. */
export interface MarkedGroup {
  readonly id: string
  readonly pid: number
}

export interface FoundProcess {
  readonly pid: number
  /** The arguments, the first one is the program. */
  readonly args: readonly string[]
}

const MAX_COMMAND_BYTES = 4096

/**
 * The processes that are in one of the groups or carry its mark, by the id of the group, from one pass over /proc. Zombies are left out.
 * Undefined on systems without /proc.
 */
export async function findProcesses(
  groups: readonly MarkedGroup[],
): Promise<ReadonlyMap<string, readonly FoundProcess[]> | undefined> {
  if (process.platform !== 'linux') return undefined
  const found = new Map<string, FoundProcess[]>()
  if (groups.length === 0) return found
  const byPid = new Map(groups.map((group) => [group.pid, group.id]))
  const ids = new Set(groups.map(({ id }) => id))
  const names = await readdir('/proc').catch(() => undefined)
  if (names === undefined) return undefined
  for (const name of names) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    // `pid (name) state ppid pgrp ...`; the name may hold anything.
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
    const [state = '', , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === '' || state === 'Z' || state === 'X') continue
    const id = byPid.get(Number(pgrp)) ?? (await markOf(name))
    if (id === undefined || !ids.has(id)) continue
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    const args = command.slice(0, MAX_COMMAND_BYTES).split('\0')
    found.set(id, [...(found.get(id) ?? []), { pid, args }])
  }
  return found
}

/** The mark in the environment of a process of this user. */
async function markOf(name: string): Promise<string | undefined> {
  const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')
  const prefix = `${GROUP_MARK}=`
  const line = environment.split('\0').find((entry) => entry.startsWith(prefix))
  return line?.slice(prefix.length)
}
