import type { Row } from './row.ts'

/** A row that is worse than in the recorded run. */
export interface WorseRow {
  readonly row: Row
  /** The ratio to the reference where both runs have one, else the value. */
  readonly before: number
  readonly now: number
  /** By how much, for a row that was measured in rounds in both runs. */
  readonly beyond?: { readonly by: number; readonly noise: number }
}

/** Units of which more is better. */
const RATES: ReadonlySet<string> = new Set(['/s', 'calls/s'])

/**
 * The rows that became worse by more than the noise of both runs, and those without a noise whose target was met and is missed now. Rows without a former
 * measurement are not compared.
 */
export function worseRows(before: readonly Row[], now: readonly Row[]): WorseRow[] {
  return now.flatMap((row) => {
    const former = before.find(({ name, unit }) => name === row.name && unit === row.unit)
    if (former === undefined) return []
    const isRatio = former.ratio !== undefined && row.ratio !== undefined
    const [was, is] = isRatio ? [former.ratio ?? 0, row.ratio ?? 0] : [former.value, row.value]
    const worse = { row, before: was, now: is }
    if (former.noise === undefined || row.noise === undefined)
      return former.ok === true && row.ok === false ? [worse] : []
    if (was <= 0 || is <= 0) return []
    const by = (RATES.has(row.unit) ? was / is : is / was) - 1
    const noise = former.noise + row.noise
    return by > noise ? [{ ...worse, beyond: { by, noise } }] : []
  })
}

/** One sentence for a terminal. */
export function worseSentence({ row, before, now, beyond }: WorseRow): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`
  const how =
    beyond === undefined
      ? 'no longer met'
      : `worse by ${percent(beyond.by)} (noise ${percent(beyond.noise)})`
  return `${how}: ${row.name}: ${before.toPrecision(3)} before, ${now.toPrecision(3)} now`
}
