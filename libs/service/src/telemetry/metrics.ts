/** Values of a metric's labels, by name. */
export type Labels = Readonly<Record<string, string | number>>

export interface Counter {
  inc(by?: number, labels?: Labels): void
}

export interface Gauge {
  set(value: number, labels?: Labels): void
}

export interface Histogram {
  observe(value: number, labels?: Labels): void
}

/** The metrics of one process, rendered as Prometheus text. Names begin with `alkhub_` and follow Prometheus' conventions (seconds, bytes, `_total`). */
export interface Metrics {
  counter(name: string, help: string): Counter
  gauge(name: string, help: string): Gauge
  /** A gauge or counter whose value is asked for when the metrics are read. */
  observe(
    kind: 'gauge' | 'counter',
    name: string,
    help: string,
    read: () => Readonly<Record<string, number>> | number,
    label?: string,
  ): void
  /** `buckets`: upper bounds, rising. Default: `SECONDS`. */
  histogram(name: string, help: string, buckets?: readonly number[]): Histogram
  /** Prometheus text format, version 0.0.4. */
  render(): string
}

/** Bounds for durations in seconds, from 1 ms to one minute. */
export const SECONDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
]

/** Series of one metric; labels that make more are left out, because each one is held for ever. */
const MAX_SERIES = 1000

const escapeLabel = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

function labelText(labels: Labels | undefined): string {
  if (labels === undefined) return ''
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(String(value))}"`)
    .join(',')
}

const braces = (labels: string): string => (labels === '' ? '' : `{${labels}}`)

interface Family {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  lines(): readonly string[]
}

class Series {
  readonly values = new Map<string, number>()
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  update(labels: Labels | undefined, next: (before: number) => number): void {
    const key = labelText(labels)
    const before = this.values.get(key)
    if (before === undefined && this.values.size >= MAX_SERIES) return
    this.values.set(key, next(before ?? 0))
  }

  lines(): readonly string[] {
    return [...this.values].map(([labels, value]) => `${this.#name}${braces(labels)} ${value}`)
  }
}

interface HistogramSeries {
  readonly counts: Float64Array
  sum: number
  count: number
}

class HistogramFamily implements Family, Histogram {
  readonly kind = 'histogram'
  readonly name: string
  readonly help: string
  readonly #buckets: readonly number[]
  readonly #series = new Map<string, HistogramSeries>()

  constructor(name: string, help: string, buckets: readonly number[]) {
    this.name = name
    this.help = help
    this.#buckets = buckets
  }

  observe(value: number, labels?: Labels): void {
    const key = labelText(labels)
    let series = this.#series.get(key)
    if (series === undefined) {
      if (this.#series.size >= MAX_SERIES) return
      series = { counts: new Float64Array(this.#buckets.length), sum: 0, count: 0 }
      this.#series.set(key, series)
    }
    series.sum += value
    series.count += 1
    const index = this.#buckets.findIndex((bound) => value <= bound)
    if (index >= 0) series.counts[index] = (series.counts[index] ?? 0) + 1
  }

  lines(): readonly string[] {
    return [...this.#series].flatMap(([labels, series]) => {
      let sum = 0
      const prefix = labels === '' ? '' : `${labels},`
      const buckets = this.#buckets.map((bound, index) => {
        sum += series.counts[index] ?? 0
        return `${this.name}_bucket{${prefix}le="${bound}"} ${sum}`
      })
      return [
        ...buckets,
        `${this.name}_bucket{${prefix}le="+Inf"} ${series.count}`,
        `${this.name}_sum${braces(labels)} ${series.sum}`,
        `${this.name}_count${braces(labels)} ${series.count}`,
      ]
    })
  }
}

/** An empty set of metrics. A name that is registered twice is the same metric; with another kind it throws TypeError. */
export function createMetrics(): Metrics {
  const families = new Map<string, Family>()

  function register<F extends Family>(family: F): F {
    const before = families.get(family.name)
    if (before === undefined) families.set(family.name, family)
    else if (before.kind !== family.kind) throw new TypeError(`${family.name} is a ${before.kind}`)
    return (before ?? family) as F
  }

  function simple(kind: 'counter' | 'gauge', name: string, help: string) {
    const series = new Series(name)
    return register({ kind, name, help, series, lines: () => series.lines() }).series
  }

  return {
    counter(name, help) {
      const series = simple('counter', name, help)
      return { inc: (by = 1, labels) => series.update(labels, (before) => before + by) }
    },
    gauge(name, help) {
      const series = simple('gauge', name, help)
      return { set: (value, labels) => series.update(labels, () => value) }
    },
    observe(kind, name, help, read, label = 'name') {
      register({
        kind,
        name,
        help,
        lines() {
          const value = read()
          if (typeof value === 'number') return [`${name} ${value}`]
          return Object.entries(value).map(
            ([of, one]) => `${name}{${label}="${escapeLabel(of)}"} ${one}`,
          )
        },
      })
    },
    histogram: (name, help, buckets = SECONDS) =>
      register(new HistogramFamily(name, help, buckets)),
    render() {
      const text = [...families.values()].flatMap((family) => [
        `# HELP ${family.name} ${family.help}`,
        `# TYPE ${family.name} ${family.kind}`,
        ...family.lines(),
      ])
      return `${text.join('\n')}\n`
    },
  }
}
