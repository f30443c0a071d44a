import type { Row } from './row.ts'

/** A row that is worse than in the recorded run by more than the noise of both runs. */
export interface WorseRow {
  readonly name: string
  /** The ratio to the reference where both runs have one, else the value. */
  readonly before: number
  readonly now: number
  /** Relative: 0.1 for 10 % worse. */
  readonly by: number
  /** Relative, of both runs together. */
  readonly noise: number
}

/** Units of which more is better. */
const RATES: ReadonlySet<string> = new Set(['/s', 'calls/s'])

/** The rows that became worse. Rows without a noise, or without a former measurement, are not compared. */
export function worseRows(before: readonly Row[], now: readonly Row[]): WorseRow[] {
  return now.flatMap((row) => {
    const former = before.find(({ name, unit }) => name === row.name && unit === row.unit)
    if (former?.noise === undefined || row.noise === undefined) return []
    const isRatio = former.ratio !== undefined && row.ratio !== undefined
    const [was, is] = isRatio ? [former.ratio, row.ratio] : [former.value, row.value]
    if (was === undefined || is === undefined || was <= 0 || is <= 0) return []
    const by = (RATES.has(row.unit) ? was / is : is / was) - 1
    const noise = former.noise + row.noise
    return by > noise ? [{ name: row.name, before: was, now: is, by, noise }] : []
  })
}

/** One sentence for a terminal. */
export function worseSentence({ name, before, now, by, noise }: WorseRow): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`
  return `worse by ${percent(by)} (noise ${percent(noise)}): ${name}: ${before.toPrecision(3)} before, ${now.toPrecision(3)} now`
}
