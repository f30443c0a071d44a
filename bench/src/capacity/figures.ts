import type { Report } from '../report.ts'

/** The rows of `results/latest.json` that the model reads: bench and name of the row. */
export const FIGURE_ROWS = {
  gatewayUs: ['path', 'processor time of the gateway for a call'],
  brokerUs: ['path', 'processor time of the broker for a call'],
  redisUs: ['path', 'processor time of Redis for a call'],
  postgresUs: ['path', 'processor time of PostgreSQL for a call'],
  rowBytes: ['call-log', 'a recorded call, table and indexes'],
  modelCallUs: ['inference', 'processor time: the same with a budget in money, too: everything on'],
  streamsPercent: [
    'inference-streams',
    'the share of one processor core that the proxy uses for them',
  ],
  stepsPerSecond: ['sessions', 'durable steps, 50 pieces and a tool call each'],
  sessionsMb: ['sessions', 'memory of the coordinator, 200 sessions at a time'],
  queuedPerSecond: ['queue', 'queued calls: accepted, run at a spoke, stored'],
  mcpPerSecond: [
    'mcp',
    'MCP `call` through hub and spoke, 16 in flight, beside the bare server of the SDK without a hub',
  ],
  operationBytes: [
    'scale',
    'memory of an instance for an operation, 10,000 spokes with 20 operations each',
  ],
  changeMs: ['scale', 'time to apply a change of a spoke, 10,000 spokes with 20 operations each'],
  searchMs: ['scale', 'search after a change, 10,000 spokes with 20 operations each'],
  leaseBytes: ['scale', 'lease traffic of Redis, 200 instances'],
  leaseCores: ['scale', 'cores of Redis for leases, 200 instances'],
} as const

export type FigureName = keyof typeof FIGURE_ROWS
export type Figures = Readonly<Record<FigureName, number>> & {
  /** KiB of a broker for an idle spoke. Its name contains how many were attached. */
  readonly idleSpokeKib: number
}

/** Streams, sessions, instances and operations of the benches that measured them. */
export const MEASURED_STREAMS = 256
export const MEASURED_SESSIONS = 200
export const MEASURED_INSTANCES = 200
export const MEASURED_OPERATIONS = 200_000

/** Reads what the model needs. Throws an Error that names the bench to run when a row is missing. */
export function readFigures(report: Report): Figures {
  const missing: string[] = []
  const value = (bench: string, isIt: (name: string) => boolean, shown: string): number => {
    const row = report.results[bench]?.rows.find(({ name }) => isIt(name))
    if (row === undefined) missing.push(`${shown} (npm run bench -- ${bench})`)
    return row?.value ?? Number.NaN
  }
  const rows = Object.entries(FIGURE_ROWS).map(([key, [bench, wanted]]) => [
    key,
    value(bench, (name) => name === wanted, wanted),
  ])
  const idle = value(
    'death',
    (name) => name.startsWith('idle spoke, resident memory of its broker'),
    'idle spoke, resident memory of its broker',
  )
  if (missing.length > 0)
    throw new Error(`bench/results/latest.json has no row: ${missing.join('; ')}`)
  return { ...(Object.fromEntries(rows) as Record<FigureName, number>), idleSpokeKib: idle }
}
