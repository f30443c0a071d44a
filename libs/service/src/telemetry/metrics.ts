import { Counter as PromCounter, Gauge as PromGauge, Registry } from 'prom-client'
import type { Metric as PromMetric } from 'prom-client'
import type { Metric } from './metric.ts'
import { METRICS } from './metric-definitions.ts'
import { processMetrics } from './process-metrics.ts'
import { CounterSeries, HistogramSeries } from './series.ts'
import type { Series } from './series.ts'

export interface Counter {
  /** Default 1. */
  inc(by?: number): void
}

export interface Histogram {
  observe(value: number): void
}

/** One value for each label of a metric. */
type Values<L extends readonly string[], V extends string = string> = { readonly [I in keyof L]: V }

/** The metrics of one process: a facade of prom-client. Keep the result of `counter` where the labels are known in advance. */
export interface Metrics {
  /** The counter with these label values. It begins at 0. */
  counter<const L extends readonly string[], V extends string>(
    metric: Metric<'counter', L, V>,
    ...values: Values<L, NoInfer<V>>
  ): Counter
  histogram<const L extends readonly string[]>(
    metric: Metric<'histogram', L>,
    ...values: Values<L>
  ): Histogram
  /**
   * A metric whose value `read` returns whenever the metrics are read: a number, or, for a metric with one label, numbers by the
   * value of that label. Throws when the metric exists.
   */
  collect<L extends readonly [] | readonly [string]>(
    metric: Metric<'counter' | 'gauge', L>,
    read: () => L extends readonly [] ? number : Readonly<Record<string, number>>,
  ): void
  /** All metrics, with those of the process, in the Prometheus text format, version 0.0.4. */
  render(): Promise<string>
}

/** Bounds for durations in seconds, from 1 ms to one minute. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Series of one metric. Label values that would make more are ignored, because each series stays in memory. */
const MAX_SERIES = 1000

/** The series of one metric, by their label values. Registries of prom-client render it by `get`. */
class Family<T extends Series> {
  readonly name: string
  readonly help: string
  readonly type: Metric['kind']
  readonly #labels: readonly string[]
  readonly #series = new Map<string, T>()
  readonly #make: (labels: Readonly<Record<string, string>>) => T
  readonly #surplus: T

  constructor(
    { name, help, kind, labels }: Metric,
    make: (labels: Readonly<Record<string, string>>) => T,
  ) {
    this.name = name
    this.help = help
    this.type = kind
    this.#labels = labels
    this.#make = make
    this.#surplus = make({})
    if (labels.length === 0) this.of([])
  }

  of(values: readonly string[]): T {
    const key = values.length === 1 ? (values[0] as string) : values.join('\n')
    const known = this.#series.get(key)
    if (known !== undefined) return known
    if (this.#series.size >= MAX_SERIES) return this.#surplus
    const labels = this.#labels.map((label, at) => [label, values[at] ?? ''])
    const made = this.#make(Object.fromEntries(labels) as Record<string, string>)
    this.#series.set(key, made)
    return made
  }

  async get() {
    const { name, help, type } = this
    const values = [...this.#series.values()].flatMap((one) => one.values(name))
    return { name, help, type, values, aggregator: 'sum' }
  }
}

class PromMetrics implements Metrics {
  readonly #registry = new Registry()
  readonly #counters = new Map<string, Family<CounterSeries>>()
  readonly #histograms = new Map<string, Family<HistogramSeries>>()

  counter(metric: Metric<'counter'>, ...values: readonly string[]): Counter {
    const known = this.#counters.get(metric.name)
    if (known !== undefined) return known.of(values)
    const family = new Family(metric, (labels) => new CounterSeries(labels))
    this.#register(family)
    this.#counters.set(metric.name, family)
    return family.of(values)
  }

  histogram(metric: Metric<'histogram'>, ...values: readonly string[]): Histogram {
    const known = this.#histograms.get(metric.name)
    if (known !== undefined) return known.of(values)
    const family = new Family(metric, (labels) => new HistogramSeries(labels, SECONDS))
    this.#register(family)
    this.#histograms.set(metric.name, family)
    return family.of(values)
  }

  /** A registry asks its metrics for `name` and `get` only; its types know no other than its own. Throws when the metric exists. */
  #register(family: Family<CounterSeries> | Family<HistogramSeries>): void {
    this.#registry.registerMetric(family as unknown as PromMetric)
  }

  collect(
    metric: Metric<'counter' | 'gauge'>,
    read: () => number | Readonly<Record<string, number>>,
  ): void {
    const options = this.#options(metric)
    const [label] = metric.labels
    const update = (set: (labels: Record<string, string>, value: number) => void): void => {
      const value = read()
      if (typeof value === 'number') return set({}, value)
      for (const [of, one] of Object.entries(value)) set({ [label as string]: of }, one)
    }
    if (metric.kind === 'gauge') {
      const prom: PromGauge = new PromGauge({
        ...options,
        collect: () => update((labels, value) => prom.set(labels, value)),
      })
      return
    }
    const prom: PromCounter = new PromCounter({
      ...options,
      collect() {
        prom.reset()
        update((labels, value) => prom.inc(labels, value))
      },
    })
  }

  async render(): Promise<string> {
    const [own, process] = await Promise.all([this.#registry.metrics(), processMetrics().metrics()])
    return `${own}\n${process}`
  }

  #options({ name, help, labels }: Metric) {
    return { name, help, labelNames: [...labels], registers: [this.#registry] }
  }
}

/** The metrics of a process of this service, initially with the series `alkhub_info` and the counters of its service whose label values are known. */
export function createMetrics(service: string): Metrics {
  const metrics = new PromMetrics()
  metrics.collect(METRICS.info, () => ({ [service]: 1 }))
  const all: readonly Metric[] = Object.values(METRICS)
  for (const metric of all)
    if (isCounter(metric) && isOf(metric, service))
      for (const value of metric.values ?? []) metrics.counter(metric, value)
  return metrics
}

function isCounter(metric: Metric): metric is Metric<'counter'> {
  return metric.kind === 'counter'
}

function isOf({ service }: Metric, name: string): boolean {
  return service === undefined || service.split(', ').includes(name)
}
