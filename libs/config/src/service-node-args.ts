import type { ConfigService } from './services.ts'

/** Without them V8 sizes its heap for a machine that the process has to itself: 64 MiB and more for new objects, and up to four times what is held for old ones. */
const SMALLER_HEAP = ['--max-semi-space-size=16', '--heap-growing-percent=100'] as const
/** Old objects are collected at twice what the last collection left. A smaller space for new ones costs more processor time for each call than it is worth. */
const SLOWER_GROWTH = ['--heap-growing-percent=100'] as const

/** The arguments of Node with which a service is started, before its main file. */
export function serviceNodeArgs(service: ConfigService): readonly string[] {
  if (service === 'inference-proxy') return SLOWER_GROWTH
  return service === 'coordinator' ? SMALLER_HEAP : []
}
