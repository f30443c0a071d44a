import { arch, cpus, loadavg, release, totalmem } from 'node:os'

/** The machine that a bench ran on. */
export interface HostFacts {
  readonly cpus: number
  readonly cpu: string
  readonly memoryBytes: number
  readonly node: string
  readonly arch: string
  readonly kernel: string
  /** Of the last 1, 5 and 15 minutes, the bench's own included. */
  readonly loadAverage: readonly number[]
}

export function hostFacts(): HostFacts {
  return {
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    node: process.version,
    arch: arch(),
    kernel: release().split('-')[0] ?? '',
    loadAverage: loadavg().map((load) => Math.round(load * 10) / 10),
  }
}
