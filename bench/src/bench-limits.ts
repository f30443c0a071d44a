/** Seconds that each bench of `npm run bench` may take; together 12 minutes. */
const TOGETHER = {
  calls: 100,
  peers: 90,
  bus: 80,
  death: 120,
  'broker-death': 80,
  revocation: 60,
  keypal: 20,
  operations: 30,
  pubsub: 20,
  spoke: 60,
  taskgraph: 30,
  flowgraph: 20,
  detect: 10,
} as const

/** Seconds of the benches that run only when they are named. */
const NAMED = {
  path: 600,
  'path-stages': 300,
  traces: 900,
  'call-log': 300,
  queue: 600,
  'calls-list': 900,
  openapi: 180,
  inference: 900,
  'inference-streams': 180,
  'inference-memory': 900,
  'tasks-next': 300,
  'coord-status': 180,
  'coord-spawn': 600,
  sessions: 900,
  mcp: 300,
  scale: 900,
} as const

export const MAX_SECONDS_TOGETHER = 12 * 60

/** Seconds that a bench may take, and whether it runs only when it is named. */
export const benchLimits: Readonly<
  Record<string, { readonly seconds: number; readonly named: boolean }>
> = Object.fromEntries([
  ...Object.entries(TOGETHER).map(([name, seconds]) => [name, { seconds, named: false }] as const),
  ...Object.entries(NAMED).map(([name, seconds]) => [name, { seconds, named: true }] as const),
])

/** A bench that was named may take longer: it may have been named because the machine is busy. */
const PATIENCE = 3

/** Seconds that a bench may take in a run that names its benches, or in the run of all. */
export function secondsOf(name: string, isNamed: boolean): number {
  const { seconds, named } = benchLimits[name] ?? { seconds: 600, named: true }
  return isNamed && !named ? seconds * PATIENCE : seconds
}
