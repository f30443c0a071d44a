import { readFileSync } from 'node:fs'

const TICK_MS = 10

/** Milliseconds of CPU that a process has used, its share of the kernel included. Linux only. */
export function cpuMs(pid = 0): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Resident memory of a process. Linux only. */
export function residentBytes(pid = 0): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

/**
 * Microseconds that a process has run on a processor, its share of the kernel included, to the nanosecond and not in ticks of 10 ms. Of its
 * first thread only: right for PostgreSQL's backends, which have no other. Linux only.
 */
export function cpuUs(pid = 0): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000
}
