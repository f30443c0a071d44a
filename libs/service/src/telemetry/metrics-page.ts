import { BUS_METRICS } from './bus-metrics.ts'
import { METRICS } from './metric-definitions.ts'
import type { Metric } from './metric.ts'

const quoted = (word: string): string => `\`${word}\``

function section(title: string, metrics: readonly Metric[]): readonly string[] {
  return [
    `## ${title}`,
    '',
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...metrics.map(({ name, kind, labels, values, help }) => {
      const known = values === undefined ? '' : `: ${values.map(quoted).join(', ')}`
      const names = labels.map(quoted).join(', ') + known
      return `| \`${name}\` | ${kind} | ${names} | ${help} |`
    }),
    '',
  ]
}

/** `docs/reference/metrics.md`. */
export function metricsPage(): string {
  const metrics: readonly Metric[] = Object.values(METRICS)
  const services = new Set(metrics.flatMap(({ service }) => service ?? []))
  return [
    '# Metrics',
    '',
    'Every service answers `GET /metrics` in the Prometheus text format, unless `telemetry.metrics` is `false`. A metric has at',
    'most 1,000 series; label values that would make more are not counted. Counters start at 0 with the process. A series of a counter or a',
    'histogram with labels appears with its first event, unless the values of its label are listed here: then each is there from the start.',
    '',
    ...section(
      'Every service',
      metrics.filter(({ service }) => service === undefined),
    ),
    ...section('Bus, in every service', Object.values(BUS_METRICS)),
    ...[...services].flatMap((of) =>
      section(
        of,
        metrics.filter(({ service }) => service === of),
      ),
    ),
    '## Process',
    '',
    'The `process_*` and `nodejs_*` metrics are the default metrics of',
    '[prom-client](https://github.com/siimon/prom-client#default-metrics) without its gauges that end with `_total`, among them `process_cpu_seconds_total`,',
    '`process_resident_memory_bytes`, `process_open_fds`, `nodejs_heap_size_used_bytes`, `nodejs_gc_duration_seconds` and',
    '`nodejs_eventloop_lag_p99_seconds`. The lag of the event loop is sampled every 20 ms and covers the time since the last',
    'request for the metrics.',
    '',
  ].join('\n')
}
