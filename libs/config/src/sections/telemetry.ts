import { Type } from '@alkdev/typebox'
import type { Static } from '@alkdev/typebox'
import type { ConfigFailure } from '../failure.ts'
import { count, ms, secretText, section, text } from '../field.ts'

export const TracesConfig = Type.Object(
  {
    endpoint: text(
      'URL to which spans are sent by OTLP over HTTP as JSON: `http://collector:4318/v1/traces`.',
    ),
    headers: Type.Optional(
      secretText(
        'Headers of these requests, for a collector that asks for a key: `authorization: Bearer x`, one on each line.',
      ),
    ),
    sampleRatio: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.1,
      description:
        'Share of the traces that begin at the hub and are recorded. A caller with a `traceparent` decides for its own.',
    }),
    maxQueuedSpans: count(
      4096,
      'Ended spans that wait to be sent. More are dropped and counted.',
      512,
      100_000,
    ),
    exportTimeoutMs: ms(5000, 'Time for sending spans once.', 100, 60_000),
  },
  {
    additionalProperties: false,
    description: 'Traces by OpenTelemetry. Without this section none are recorded.',
  },
)
export type TracesConfig = Static<typeof TracesConfig>

export const TelemetryConfig = section('Metrics and traces of the process.', {
  metrics: Type.Boolean({
    default: true,
    description: 'Serve `/metrics`; otherwise it answers 404.',
  }),
  traces: Type.Optional(TracesConfig),
})
export type TelemetryConfig = Static<typeof TelemetryConfig>

const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): *([\x20-\x7e]+)$/

/** The headers of `telemetry.traces.headers`. Undefined when a line is not a header. */
export function traceHeaders(lines: string): Readonly<Record<string, string>> | undefined {
  const parsed = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => HEADER.exec(line))
  if (parsed.includes(null)) return undefined
  return Object.fromEntries(parsed.map((match) => [match?.[1] ?? '', match?.[2] ?? '']))
}

/** What the schema can't say. */
export function telemetryFailures({ traces }: TelemetryConfig): ConfigFailure[] {
  if (traces === undefined) return []
  const failures: ConfigFailure[] = []
  const url = URL.canParse(traces.endpoint) ? new URL(traces.endpoint) : undefined
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.password !== ''
  )
    failures.push({
      path: 'telemetry.traces.endpoint',
      expected: 'is not an http or https URL without a password',
    })
  if (traces.headers !== undefined && traceHeaders(traces.headers.reveal()) === undefined)
    failures.push({
      path: 'telemetry.traces.headers',
      expected: 'is not a list of lines `name: value`',
    })
  return failures
}
