import { readdirSync, readFileSync } from 'node:fs'

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process or thread has ended meanwhile.
    return ''
  }
}

function names(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** The process and its descendants. */
function treeOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of names('/proc').filter((one) => /^\d+$/.test(one))) {
    const parent = Number(read(`/proc/${name}/stat`).split(') ')[1]?.split(' ')[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const tree = [pid]
  for (const one of tree) tree.push(...(children.get(one) ?? []))
  return tree
}

/** Processor time by thread, in microseconds. */
export type CpuReading = ReadonlyMap<string, number>

/** The processor time of all threads of a process and of its descendants, their share of the kernel included. Linux only. */
export function readCpu(pid: number): CpuReading {
  const all = new Map<string, number>()
  for (const one of treeOf(pid))
    for (const thread of names(`/proc/${one}/task`)) {
      const spent = Number(read(`/proc/${one}/task/${thread}/schedstat`).split(' ')[0])
      all.set(`${one}/${thread}`, spent / 1000)
    }
  return all
}

export interface KernelTime {
  /** Microseconds of processor time in the kernel. */
  readonly kernelUs: number
  /** In the kernel and outside of it. */
  readonly allUs: number
}

const TICK_US = 10_000

/** The processor time of a process and of its descendants, in steps of 10 ms. Linux only. */
export function readKernelTime(pid: number): KernelTime {
  let [programs, kernel] = [0, 0]
  for (const one of treeOf(pid)) {
    const fields = read(`/proc/${one}/stat`).split(') ')[1]?.split(' ') ?? []
    programs += Number(fields[11] ?? 0)
    kernel += Number(fields[12] ?? 0)
  }
  return { kernelUs: kernel * TICK_US, allUs: (programs + kernel) * TICK_US }
}

/** Microseconds between two readings. What a thread spent that ended in between is not counted. */
export function cpuBetween(before: CpuReading, after: CpuReading): number {
  let sum = 0
  for (const [thread, spent] of after) sum += spent - (before.get(thread) ?? 0)
  return sum
}
