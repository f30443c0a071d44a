import { scoreRules } from '@alkdev/coordinator/testing'
import type { Row } from './row.ts'

/** How the rules of detection do on their labelled logs. */
export function run(): Promise<readonly Row[]> {
  return Promise.resolve(
    scoreRules().flatMap(({ kind, precision, recall }): Row[] => [
      row(`${kind}: precision`, precision, 0.95),
      row(`${kind}: recall`, recall, 0.9),
    ]),
  )
}

function row(name: string, value: number, least: number): Row {
  return { name, value, unit: '', target: `at least ${least}`, ok: value >= least }
}
