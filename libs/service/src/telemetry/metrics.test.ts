import { readFile } from 'node:fs/promises'
import { COUNTER_NAMES } from '@alkdev/bus'
import { expect, test } from 'vitest'
import { BUS_METRICS } from './bus-metrics.ts'
import { counter, gauge, histogram } from './metric.ts'
import type { Metric } from './metric.ts'
import { METRICS } from './metric-definitions.ts'
import { metricsPage } from './metrics-page.ts'
import { createMetrics } from './metrics.ts'

const CALLS = counter('calls_total', 'Calls.', { labels: ['route'] })

test('metrics are rendered as Prometheus text, with labels escaped', async () => {
  const metrics = createMetrics('gateway')
  metrics.counter(CALLS, 'a "quoted"\nname').inc(2)
  metrics.collect(gauge('load', 'Load.'), () => 1.5)
  metrics.collect(gauge('held', 'Held.', { labels: ['what'] }), () => ({ rows: 3 }))
  const duration = metrics.histogram(histogram('duration_seconds', 'Duration.'))
  duration.observe(0.25)
  duration.observe(0.5)
  const text = await metrics.render()
  expect(text).toContain('# TYPE alkhub_info gauge\nalkhub_info{service="gateway"} 1\n')
  expect(text).toContain(
    '# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{route="a \\"quoted\\"\\nname"} 2\n',
  )
  expect(text).toContain('# TYPE load gauge\nload 1.5\n')
  expect(text).toContain('held{what="rows"} 3\n')
  expect(text).toContain('duration_seconds_bucket{le="0.1"} 0\n')
  expect(text).toContain('duration_seconds_bucket{le="0.25"} 1\n')
  expect(text).toContain('duration_seconds_bucket{le="+Inf"} 2\n')
  expect(text).toContain('duration_seconds_sum 0.75\nduration_seconds_count 2\n')
})

test('the same metric and labels are one counter, which starts at 0', async () => {
  const metrics = createMetrics('gateway')
  const before = metrics.counter(METRICS.tasksSynced)
  expect(await metrics.render()).toContain('alkhub_coordinator_tasks_synced_total 0\n')
  before.inc()
  metrics.counter(METRICS.tasksSynced).inc()
  expect(await metrics.render()).toContain('alkhub_coordinator_tasks_synced_total 2\n')
})

test('a counter whose label values are known has a series for each of them from the start, in its own service only', async () => {
  const text = await createMetrics('coordinator').render()
  for (const outcome of ['delivered', 'failed', 'dead', 'lost'])
    expect(text).toContain(`alkhub_webhook_deliveries_total{outcome="${outcome}"} 0\n`)
  const counters = Object.values(METRICS).filter(({ kind }) => kind === 'counter')
  for (const { name, service, values } of counters as readonly Metric[])
    for (const value of service === 'coordinator' ? (values ?? []) : [])
      expect(text).toMatch(new RegExp(`^${name}\\{[a-z]+="${value}"\\} 0$`, 'm'))
  expect(await createMetrics('gateway').render()).not.toContain('alkhub_webhook_deliveries_total')
})

test('a collected counter shows the current count each time the metrics are read', async () => {
  const metrics = createMetrics('gateway')
  let count = 3
  metrics.collect(METRICS.recordsWritten, () => count)
  expect(await metrics.render()).toContain('alkhub_call_records_written_total 3\n')
  count = 5
  expect(await metrics.render()).toContain('alkhub_call_records_written_total 5\n')
})

test('a metric that is collected in two places is refused', () => {
  const metrics = createMetrics('gateway')
  metrics.collect(METRICS.recordsHeld, () => 1)
  expect(() => metrics.collect(METRICS.recordsHeld, () => 2)).toThrow('already been registered')
})

test('a metric has at most 1,000 series', async () => {
  const metrics = createMetrics('gateway')
  for (let at = 0; at < 5000; at += 1) metrics.counter(CALLS, String(at)).inc()
  expect((await metrics.render()).match(/^calls_total\{/gm)).toHaveLength(1000)
})

test('the metrics of the process have the standard names of Prometheus clients', async () => {
  const text = await createMetrics('gateway').render()
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
    'nodejs_heap_size_used_bytes',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_gc_duration_seconds',
  ])
    expect(text).toContain(`# TYPE ${name} `)
  // `promtool check metrics` refuses others.
  expect(text).not.toMatch(/^# TYPE \w+_total (?!counter)/m)
})

test('every metric has a unique name in the conventions of Prometheus', () => {
  const all = [...Object.values(METRICS), ...Object.values(BUS_METRICS)]
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  const suffixes = { counter: '_total', gauge: '(?<!_total)', histogram: '(_seconds|_bytes)' }
  for (const { name, kind } of all)
    expect(name).toMatch(new RegExp(`^alkhub_[a-z]+(_[a-z]+)*${suffixes[kind]}$`))
})

test('each counter of the bus is a metric', () => {
  expect(Object.keys(BUS_METRICS)).toEqual([...COUNTER_NAMES])
})

test('docs/reference/metrics.md lists the metrics; `node libs/service/src/telemetry/write-reference.ts` writes it', async () => {
  const page = new URL('../../../../docs/reference/metrics.md', import.meta.url)
  expect(await readFile(page, 'utf8')).toBe(metricsPage())
})
