import { METRICS } from '@alkdev/service'
import type { Metrics } from '@alkdev/service'
import type { SettledCall } from '@alkdev/storage/inference'

const CLASSES = ['input', 'output', 'cache_read', 'cache_write', 'reasoning'] as const

/** Counts ended calls of models: their tokens and times. */
export function settledMetrics(metrics: Metrics): (settled: SettledCall) => void {
  const duration = metrics.histogram(METRICS.inferenceDuration)
  const firstToken = metrics.histogram(METRICS.inferenceFirstToken)
  return (settled) => {
    const { provider, usageSource, firstTokenMs, startedAt, endedAt } = settled
    duration.observe((endedAt.getTime() - startedAt.getTime()) / 1000)
    if (firstTokenMs !== null) firstToken.observe(firstTokenMs / 1000)
    if (provider === null || usageSource === 'none') return
    const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, reasoning } = settled
    const tokens = {
      input,
      output,
      cache_read: cacheRead,
      cache_write: cacheWrite5m + cacheWrite1h,
      reasoning,
    }
    for (const of of CLASSES)
      if (tokens[of] > 0) metrics.counter(METRICS.inferenceTokens, provider, of).inc(tokens[of])
  }
}
