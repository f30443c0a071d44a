import { collectDefaultMetrics, Registry } from 'prom-client'

/**
 * Milliseconds between two samples of the delay of the event loop. Sampling takes 0.3 % of one core; with prom-client's default
 * of 10 ms it takes 0.5 %.
 */
const EVENT_LOOP_SAMPLE_MS = 20

/** Gauges with the suffix of counters. Each is the sum of the metric without it. */
const MISNAMED = ['active_handles', 'active_requests', 'active_resources'].map(
  (name) => `nodejs_${name}_total`,
)

let registry: Registry | undefined

/** prom-client's default metrics: processor, memory, file descriptors, event loop, garbage collection, without those that break the conventions of Prometheus. One set for each process, because collecting cannot be stopped. */
export function processMetrics(): Registry {
  if (registry === undefined) {
    registry = new Registry()
    collectDefaultMetrics({
      register: registry,
      eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
    })
    for (const name of MISNAMED) registry.removeSingleMetric(name)
  }
  return registry
}
