import type { ConfigService } from './services.ts'

/** Without them V8 sizes its heap for a machine that the process has to itself: 64 MiB and more for new objects, and up to four times what is held for old ones. */
const SMALLER_HEAP = ['--max-semi-space-size=16', '--heap-growing-percent=100'] as const
/**
 * A call of a model leaves nothing but garbage after a moment, so a small space for new objects costs little. It has its size from the start:
 * one that grows moves more objects to the old ones. Threads that help to clear so little cost more than they do.
 */
const SMALLEST_HEAP = [
  '--min-semi-space-size=8',
  '--max-semi-space-size=8',
  '--heap-growing-percent=25',
  '--no-parallel-scavenge',
] as const

/** Of the C library: the threads of V8 share the arena of the first thread. Each would keep what it has freed. */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' } as const

/** The arguments of Node with which a service is started, before its main file. */
export function serviceNodeArgs(service: ConfigService): readonly string[] {
  if (service === 'inference-proxy') return SMALLEST_HEAP
  return service === 'coordinator' ? SMALLER_HEAP : []
}

/** The environment with which a service is started, beside its own. A C library that does not know a variable ignores it. */
export function serviceNodeEnv(service: ConfigService): Readonly<Record<string, string>> {
  return service === 'inference-proxy' ? ONE_ARENA : {}
}
