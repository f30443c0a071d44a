import { readdir, readFile } from 'node:fs/promises'

/** Bytes of a memory page, as Linux counts resident memory in `stat`. */
const PAGE_BYTES = 4096

interface ProcessFacts {
  readonly pid: number
  readonly group: number
  readonly residentBytes: number
}

/** The resident memory in bytes of a process group, and its process ids. Zero where the system has no `/proc`. */
export async function groupMemory(
  group: number,
): Promise<{ readonly bytes: number; readonly pids: readonly number[] }> {
  const names = await readdir('/proc').catch(() => [])
  const pids = names.filter((name) => /^[0-9]+$/.test(name))
  const all = await Promise.all(pids.map((pid) => factsOf(Number(pid))))
  const members = all.filter((one) => one?.group === group) as ProcessFacts[]
  return {
    bytes: members.reduce((sum, one) => sum + one.residentBytes, 0),
    pids: members.map((one) => one.pid),
  }
}

async function factsOf(pid: number): Promise<ProcessFacts | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name of the program is in parentheses and may contain anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      pid,
      group: Number(fields[2]),
      residentBytes: Number(fields[21]) * PAGE_BYTES,
    }
  } catch {
    return undefined
  }
}
