import type { ServiceName, Tracer } from '@alkdev/contracts'
import type { TracesConfig } from '@alkdev/config'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics.ts'

export interface TracesInput {
  readonly name: ServiceName
  readonly traces: TracesConfig
  readonly logger: Pick<Logger, 'info' | 'warn'>
  readonly metrics: Pick<Metrics, 'collect'>
}

/** The traces of a process. */
export interface Traces {
  readonly tracer: Tracer
  /** Makes a span of a statement of PostgreSQL that runs below a recorded span. See `openDatabase`. */
  readonly onStatement: (text: string) => ((error?: unknown) => void) | undefined
  /** Sends what has ended, for at most the time of one export, and stops. */
  readonly close: () => Promise<void>
}

/** Starts recording traces. OpenTelemetry is loaded here, so that a process without traces does not have it in memory. */
export async function openTraces(input: TracesInput): Promise<Traces> {
  const { recordTraces } = await import('./record-traces.ts')
  return recordTraces(input)
}
