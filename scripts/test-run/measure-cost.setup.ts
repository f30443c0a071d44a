import { readFileSync } from 'node:fs'
import { afterAll } from 'vitest'

/** What a test file has used: of its worker, and of the child processes that it started and that have ended. */
export interface FileCost {
  readonly workerCpuMs: number
  readonly childrenCpuMs: number
  /** From the start of the imports to the end of the last hook. */
  readonly wallMs: number
}

declare module 'vitest' {
  interface TaskMeta {
    cost?: FileCost
  }
}

/** Linux reports processor times in units of 10 ms (USER_HZ). */
const TICK_MS = 10

function usedSoFar(): FileCost {
  const { user, system } = process.cpuUsage()
  const stat = readFileSync('/proc/self/stat', 'utf8')
  // The name of the process, in parentheses, may contain spaces. Field 3 follows it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[13]) + Number(fields[14])
  return {
    workerCpuMs: (user + system) / 1000,
    childrenCpuMs: ticks * TICK_MS,
    wallMs: performance.now(),
  }
}

// vitest runs this file again before each test file. The hook that is registered first runs last.
const before = usedSoFar()
// oxlint-disable-next-line eslint/no-empty-pattern -- vitest requires an object pattern here
afterAll(({}, file) => {
  const now = usedSoFar()
  file.meta.cost = {
    workerCpuMs: now.workerCpuMs - before.workerCpuMs,
    childrenCpuMs: now.childrenCpuMs - before.childrenCpuMs,
    wallMs: now.wallMs - before.wallMs,
  }
})
