import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from './metrics.ts'

/** What every process tells of itself. Returns what stops the measuring. */
export function addProcessMetrics(metrics: Metrics, service: string): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  metrics.gauge('alkhub_info', 'Always 1; the labels say what runs here.').set(1, {
    service,
    node: process.versions.node,
  })
  metrics.observe('gauge', 'process_resident_memory_bytes', 'Memory of the process.', () =>
    process.memoryUsage.rss(),
  )
  metrics.observe(
    'gauge',
    'nodejs_heap_used_bytes',
    'Used heap.',
    () => process.memoryUsage().heapUsed,
  )
  metrics.observe('counter', 'process_cpu_seconds_total', 'User and system time.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  metrics.observe('gauge', 'process_uptime_seconds', 'Since the start.', () => process.uptime())
  metrics.observe(
    'gauge',
    'nodejs_eventloop_delay_seconds',
    'Delay of the event loop since the last reading.',
    () => {
      const values = {
        p50: delay.percentile(50) / 1e9,
        p99: delay.percentile(99) / 1e9,
        max: delay.max / 1e9,
      }
      delay.reset()
      return values
    },
    'quantile',
  )
  return () => delay.disable()
}
