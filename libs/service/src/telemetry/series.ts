import type { Counter, Histogram } from './metrics.ts'

/** One value of a metric, as a registry of prom-client renders it. */
export interface RenderedValue {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** One series of a metric: the values that its labels have. */
export interface Series {
  values(metricName: string): readonly RenderedValue[]
}

type Labels = Readonly<Record<string, string>>

/** A counter in a member. That of prom-client looks its labels up at each increment. */
export class CounterSeries implements Counter, Series {
  readonly #labels: Labels
  #value = 0

  constructor(labels: Labels) {
    this.#labels = labels
  }

  /** Throws RangeError for a number that is negative or not finite. */
  inc(by = 1): void {
    if (!(by >= 0 && by < Infinity)) throw new RangeError(`A counter cannot count ${by}.`)
    this.#value += by
  }

  values(metricName: string): readonly RenderedValue[] {
    return [{ metricName, labels: this.#labels, value: this.#value }]
  }
}

/** A histogram in a list of counts. That of prom-client looks its labels and the name of the bucket up at each observation. */
export class HistogramSeries implements Histogram, Series {
  readonly #labels: Labels
  readonly #bounds: readonly number[]
  /** By bound, without those of the bounds below. */
  readonly #counts: number[]
  #count = 0
  #sum = 0

  /** `bounds`: ascending. */
  constructor(labels: Labels, bounds: readonly number[]) {
    this.#labels = labels
    this.#bounds = bounds
    this.#counts = bounds.map(() => 0)
  }

  /** Throws RangeError for a number that is not finite. */
  observe(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`A histogram cannot observe ${value}.`)
    let at = 0
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at += 1
    if (at < this.#counts.length) this.#counts[at] = (this.#counts[at] as number) + 1
    this.#count += 1
    this.#sum += value
  }

  values(metricName: string): readonly RenderedValue[] {
    const labels = this.#labels
    const bucket = (le: number | string, value: number): RenderedValue => ({
      metricName: `${metricName}_bucket`,
      labels: { le, ...labels },
      value,
    })
    let below = 0
    return [
      ...this.#bounds.map((bound, at) => bucket(bound, (below += this.#counts[at] as number))),
      bucket('+Inf', this.#count),
      { metricName: `${metricName}_sum`, labels, value: this.#sum },
      { metricName: `${metricName}_count`, labels, value: this.#count },
    ]
  }
}
