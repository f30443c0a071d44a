import { compact } from '@alkdev/std'

export type MetricKind = 'counter' | 'gauge' | 'histogram'

/** The definition of one metric, for `/metrics` and `docs/reference/metrics.md`. */
export interface Metric<
  K extends MetricKind = MetricKind,
  L extends readonly string[] = readonly string[],
  V extends string = string,
> {
  readonly kind: K
  /** In Prometheus' conventions: snake case, base units as a suffix (`_seconds`, `_bytes`), `_total` for counters. */
  readonly name: string
  readonly help: string
  /** Names of the labels. Their values are routes, codes and the like, never ids or addresses. */
  readonly labels: L
  /**
   * Every value of the only label of a counter. The counter has a series for each from the start of the process: Prometheus computes no increase
   * from a series that begins with its first event.
   */
  readonly values?: readonly V[]
  /** The services that have it, separated by commas. Absent: all five. */
  readonly service?: string
}

const define =
  <K extends MetricKind>(kind: K) =>
  <const L extends readonly string[] = readonly [], const V extends string = string>(
    name: string,
    help: string,
    more: { readonly labels?: L; readonly values?: readonly V[]; readonly service?: string } = {},
  ): Metric<K, L, V> => ({
    kind,
    name,
    help,
    // Without `labels`, L is the empty tuple.
    labels: more.labels ?? ([] as readonly string[] as L),
    ...compact({ values: more.values, service: more.service }),
  })

export const counter = define('counter')
export const gauge = define('gauge')
export const histogram = define('histogram')
